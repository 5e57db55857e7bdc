/** On a narrow screen the row of tabs scrolls: bring the current one into sight. */
export function showCurrentTabs(): void {
  for (const tab of document.querySelectorAll<HTMLElement>(".tabs [aria-current]")) {
    const row = tab.closest<HTMLElement>(".tabs");
    if (row) row.scrollLeft = tab.offsetLeft - row.offsetLeft - (row.clientWidth - tab.offsetWidth) / 2;
  }
}
