/** What the tool works on. Geometry is in pixels of the upright image, as in the API. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
  /** Degrees clockwise about the centre. */
  rotation: number;
}

export interface LabelClass {
  id: string;
  name: string;
  colorIndex: number;
  shortcut: string;
  archived: boolean;
}

/** A label as the API takes it. */
export interface SentLabel {
  label_class: string;
  kind: string;
  geometry: Record<string, unknown>;
  attributes: Record<string, unknown>;
}

export interface Label extends SentLabel {
  /** Known in this page only. */
  readonly id: number;
  /** Where it came from, as a sentence; empty for what was made in this page. */
  readonly origin: string;
  /** How it is drawn, as an SVG path, when it is neither a box nor a tag; a filled one has no line around it. */
  readonly outline?: string;
  readonly filled?: boolean;
}

/** A label as the page brings it. */
export type GivenLabel = SentLabel & Partial<Omit<Label, "id">>;

export interface BoxLabel extends Label {
  geometry: Box & Record<string, unknown>;
}

export function isBox(label: Label): label is BoxLabel {
  return label.kind === "box";
}

export function sent({ label_class, kind, geometry, attributes }: SentLabel): SentLabel {
  return { label_class, kind, geometry, attributes };
}
