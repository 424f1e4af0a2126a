// The server's interface (docs/api.md), and its errors as people read them.

export interface SongRow { id: string; title: string; created: number; changed: number; revision: number }
export interface Section { name: string; kind: string; n_bars: number; key: string; intensity: number; reason: string }
export interface Lock { section?: string; part?: string; what?: string }
export interface Song extends SongRow {
  genre: string; mood: string; key: string; tempo_qpm: number; meter: string; n_bars: number; duration_sec: number;
  sections: Section[]; files: string[]; locks: Lock[];
}
export interface TrackNotes {
  name: string; role: string; program: number; is_drum: boolean; volume: number; pan: number;
  notes: { onset_tick: number[]; duration_tick: number[]; pitch: number[]; velocity: number[] };
  controls: [number, number, number][];
}
export interface Notes {
  title: string; tpq: number; end_tick: number; duration_sec: number; tracks: TrackNotes[];
  bars: { tick: number; sec: number; meter: string }[];
  tempos: { tick: number; qpm: number }[];
  sections: { tick: number; text: string }[];
  chords: { tick: number; text: string }[];
  lyrics: { tick: number; text: string; goes_on?: boolean }[];
}
export interface Job {
  id: string; kind: string; state: "queued" | "running" | "done" | "failed" | "cancelled"; song_id: string | null;
  stage: string; done: number; total: number;
  result: { title?: string; did?: string[]; differs?: string[]; takes?: Take[]; files?: string[] } | null;
  problem: { title?: string; hint?: string } | null;
}
export interface NoteCorrection {
  track: string; onset_tick: number; pitch: number;
  to_onset_tick?: number; to_duration_tick?: number; to_pitch?: number; remove?: boolean;
}
export interface WordCorrection { onset_tick: number; text: string }
/** Bars that are told while a song is made: notes as of a song, of some bars only. */
export interface ToldBars extends Notes { job_id: string; section: string; first_bar: number; n_bars: number; start_tick: number }
export interface Take { number: number; did: string[]; differs: string[] }
export interface State { number: number; is_present: boolean; words: string; did: string[] }
export interface Wish { words: string; operations: Operation[]; said: string[] }
export type Operation = Record<string, unknown>;
export interface Choices { formats: { name: string; says: string }[]; styles: { name: string }[] }

export class Problem extends Error {
  constructor(message: string, readonly hint = "", readonly status = 0) { super(message); }
}

async function ask<T>(path: string, init?: RequestInit): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(`api/${path}`, init);
  } catch {
    throw new Problem("The server does not answer.", "Is it still running where you started it?");
  }
  if (answer.status === 204) return undefined as T;
  const body = await answer.json().catch(() => null);
  if (!answer.ok) throw new Problem(body?.detail || body?.title || `Error ${answer.status}`, body?.hint ?? "", answer.status);
  return body as T;
}

function send<T>(path: string, body: unknown = {}, revision?: number): Promise<T> {
  const headers: Record<string, string> = { "Content-Type": "application/json" };
  if (revision !== undefined) headers["If-Match"] = String(revision);
  return ask<T>(path, { method: "POST", headers, body: JSON.stringify(body) });
}

export const api = {
  songs: () => ask<SongRow[]>("songs"),
  song: (id: string) => ask<Song>(`songs/${id}`),
  notes: (id: string) => ask<Notes>(`songs/${id}/notes`),
  history: (id: string) => ask<State[]>(`songs/${id}/history`),
  takes: (id: string) => ask<Take[]>(`songs/${id}/takes`),
  takeNotes: (id: string, number: number) => ask<Notes>(`songs/${id}/takes/${number}/notes`),
  pages: (id: string) => ask<string[]>(`songs/${id}/pages`),
  choices: () => ask<Choices>("choices"),
  job: (id: string) => ask<Job>(`jobs/${id}`),
  cancel: (id: string) => ask<void>(`jobs/${id}`, { method: "DELETE" }),
  runningJobs: async () => [...(await ask<Job[]>("jobs?state=running")), ...(await ask<Job[]>("jobs?state=queued"))],
  make: (prompt: string, lyrics?: string) => send<Job>("songs", { brief: { ...(prompt ? { prompt } : {}), ...(lyrics ? { lyrics } : {}) } }),
  correct: (song: SongRow, notes: NoteCorrection[], words: WordCorrection[]) =>
    send<Song>(`songs/${song.id}/corrections`, { notes, words }, song.revision),
  sing: (song: SongRow, lyrics: string) => send<Song>(`songs/${song.id}/corrections`, { lyrics }, song.revision),
  wish: (id: string, words: string) => send<Wish>(`songs/${id}/wishes`, { words }),
  edit: (song: SongRow, words: string, operations: Operation[], choices?: number) =>
    send<Job>(`songs/${song.id}/edits`, { words, operations, ...(choices ? { choices } : {}) }, song.revision),
  undo: (song: SongRow) => send<Song>(`songs/${song.id}/undo`, {}, song.revision),
  redo: (song: SongRow) => send<Song>(`songs/${song.id}/redo`, {}, song.revision),
  pick: (song: SongRow, take: number) => send<Song>(`songs/${song.id}/takes/${take}`, {}, song.revision),
  lock: (id: string, locks: Lock[]) => send<Song>(`songs/${id}/locks`, { locks }),
  unlock: (id: string, locks: Lock[]) => send<Song>(`songs/${id}/unlock`, { locks }),
  remove: (id: string) => ask<void>(`songs/${id}`, { method: "DELETE" }),
  exportSong: (id: string, request: unknown) => send<Job>(`songs/${id}/exports`, request),
  upload: (file: File) =>
    ask<{ id: string; name: string }>(`uploads?name=${encodeURIComponent(file.name)}`, { method: "POST", body: file }),
  importUpload: (upload_id: string) => send<Job>("imports", { upload_id }),
  /** The presets, written bank-program, as a soundfont. */
  soundfont: async (presets: string): Promise<ArrayBuffer> => {
    const answer = await fetch(`api/soundfont?presets=${presets}`);
    if (answer.ok) return answer.arrayBuffer();
    const body = await answer.json().catch(() => null);
    throw new Problem(body?.detail ?? "No soundfont.", body?.hint ?? "", answer.status);
  },
};
