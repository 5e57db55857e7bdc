/** Draws each `[data-chart="line"]` from the table inside it, which stays the data for those who cannot see it. */
import {
  CategoryScale,
  Chart,
  LinearScale,
  LineController,
  LineElement,
  type Plugin,
  PointElement,
  Tooltip,
} from "chart.js";

const directLabels: Plugin<"line"> = {
  id: "directLabels",
  afterDatasetsDraw(chart) {
    chart.data.datasets.forEach((line, index) => {
      const last = chart.getDatasetMeta(index).data.at(-1);
      if (!last || chart.data.datasets.length < 2) return;
      chart.ctx.fillStyle = String(line.borderColor);
      chart.ctx.font = `500 12px ${Chart.defaults.font.family}`;
      chart.ctx.textBaseline = "middle";
      chart.ctx.fillText(line.label ?? "", last.x + 8, last.y);
    });
  },
};

Chart.register(CategoryScale, LinearScale, LineController, LineElement, PointElement, Tooltip, directLabels);

const drawn = new Map<HTMLElement, Chart>();

function drawAll(): void {
  for (const figure of document.querySelectorAll<HTMLElement>('[data-chart="line"]')) {
    if (!drawn.has(figure)) drawn.set(figure, draw(figure));
  }
}

function redraw(): void {
  for (const [figure, chart] of drawn) {
    chart.destroy();
    drawn.delete(figure);
  }
  drawAll();
}

function draw(figure: HTMLElement): Chart {
  const canvas = document.createElement("canvas");
  canvas.setAttribute("aria-hidden", "true");
  figure.querySelector(".chart-canvas")?.replaceChildren(canvas);
  const rows = [...figure.querySelectorAll("tbody tr")];
  const names = [...figure.querySelectorAll("thead th.num")].map((cell) => cell.textContent ?? "");
  const style = getComputedStyle(figure);
  const colors = ["--color-primary", "--color-warning", "--color-info"].map((name) =>
    style.getPropertyValue(name),
  );
  return new Chart(canvas, {
    type: "line",
    data: {
      labels: rows.map((row) => row.querySelector("th")?.textContent ?? ""),
      datasets: names.map((label, index) => ({
        label,
        pointRadius: rows.length === 1 ? 4 : 0, // a single point has no line to be seen by
        data: rows.map((row) => Number(row.querySelectorAll("td")[index]?.dataset.value)),
        borderColor: colors[index % colors.length] ?? "",
        backgroundColor: colors[index % colors.length] ?? "",
      })),
    },
    options: options(style, figure.dataset.unit ?? "", names.length > 1),
  });
}

function options(style: CSSStyleDeclaration, unit: string, labelled: boolean) {
  Chart.defaults.font.family = style.fontFamily;
  const muted = style.getPropertyValue("--color-muted");
  const line = style.getPropertyValue("--color-line");
  return {
    maintainAspectRatio: false,
    animation: false as const,
    interaction: { mode: "index" as const, intersect: false },
    layout: { padding: { right: labelled ? 88 : 4, top: 8 } },
    elements: { line: { borderWidth: 2 }, point: { hoverRadius: 4 } },
    scales: {
      x: {
        grid: { display: false },
        border: { color: line },
        ticks: { color: muted, maxRotation: 0, autoSkipPadding: 24 },
      },
      y: {
        beginAtZero: true,
        grid: { color: line },
        border: { display: false },
        ticks: { color: muted, maxTicksLimit: 5 },
        title: { display: unit !== "", text: unit, color: muted },
      },
    },
    plugins: {
      tooltip: {
        backgroundColor: style.getPropertyValue("--color-float"),
        borderColor: line,
        borderWidth: 1,
        titleColor: muted,
        bodyColor: style.getPropertyValue("--color-base-content"),
        cornerRadius: 8,
        padding: 10,
        boxPadding: 4,
        usePointStyle: true,
      },
    },
  };
}

drawAll();
document.addEventListener("htmx:load", drawAll);
document.addEventListener("themechange", redraw);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
