/** Files from a drop, a picker or the clipboard, each with its path on its owner's machine. */
export interface Found {
  name: string;
  file: File;
}

const JUNK = /(^|\/)(__MACOSX\/|\._|\.DS_Store$|Thumbs\.db$|desktop\.ini$|\.git\/)/i;

/** What operating systems leave in folders. */
export function isJunk(name: string): boolean {
  return JUNK.test(name);
}

export function fromInput(files: Iterable<File>): Found[] {
  return [...files].map((file) => ({ name: file.webkitRelativePath || file.name, file }));
}

/** Pasted pictures are all called image.png, so each gets a name of its own. */
export function fromPaste(files: Iterable<File>, at: Date): Found[] {
  const stamp = at.toISOString().replace(/[:.]/g, "-");
  return [...files].map((file, index) => {
    const dot = file.name.lastIndexOf(".");
    const extension = dot > 0 ? file.name.slice(dot) : "";
    return { name: `pasted-${stamp}-${index + 1}${extension}`, file };
  });
}

/** Folders are walked to their depth. The entries must be taken before the first wait: a drop is soon forgotten. */
export async function fromDrop(transfer: DataTransfer): Promise<Found[]> {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry());
  if (entries.every((entry) => entry === null)) return fromInput(transfer.files);
  const found: Found[] = [];
  for (const entry of entries) if (entry) await walk(entry, found);
  return found;
}

async function walk(entry: FileSystemEntry, found: Found[]): Promise<void> {
  const name = entry.fullPath.replace(/^\//, "");
  if (isFile(entry)) {
    found.push({ name, file: await new Promise<File>((resolve, reject) => entry.file(resolve, reject)) });
  } else if (isFolder(entry) && !isJunk(`${name}/`)) {
    for await (const child of children(entry)) await walk(child, found);
  }
}

/** A browser hands out a folder's entries a hundred at a time. */
async function* children(folder: FileSystemDirectoryEntry): AsyncGenerator<FileSystemEntry> {
  const reader = folder.createReader();
  for (;;) {
    const part = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (part.length === 0) return;
    yield* part;
  }
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

function isFolder(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}
