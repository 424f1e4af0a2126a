// What the page knows, and what can be done; components only show and call.
import { computed, effect, signal } from "@preact/signals";
import { api, Problem, type Choices, type Job, type Lock, type Notes, type Operation, type Song, type SongRow, type State, type Take } from "./api";
import { muted, player, playing, soloed } from "./player";

export interface Selection { from: number; to: number; section: string | null; part: string | null } // bars from 0

export const songs = signal<SongRow[] | null>(null);
export const song = signal<Song | null>(null);
export const songNotes = signal<Notes | null>(null);
export const takes = signal<Take[]>([]);
export const takeShown = signal(0); // 0 is the song itself
const takeNotes = new Map<number, Notes>();
export const notes = signal<Notes | null>(null); // what is shown and heard
export const history = signal<State[]>([]);
export const selection = signal<Selection | null>(null);
export const looping = signal(false);
export const jobs = signal<ReadonlyMap<string, Job>>(new Map());
export const problem = signal<Problem | null>(null);
export const said = signal<string[]>([]); // what was understood or done
export const choices = signal<Choices | null>(null);
export const exported = signal<{ jobId: string; files: string[] } | null>(null);
export const pages = signal<{ revision: number; pictures: string[] } | null>(null);
export const opening = signal(false);
export const follow = signal(true);

export const busyJob = computed(() => [...jobs.value.values()].find((job) => job.song_id === song.value?.id && job.kind !== "export") ?? null);
export const makingJobs = computed(() => [...jobs.value.values()].filter((job) => job.kind === "create" || job.kind === "import"));
export const canUndo = computed(() => (history.value.find((state) => state.is_present)?.number ?? 0) > 0);
export const canRedo = computed(() => {
  const at = history.value.findIndex((state) => state.is_present);
  return at >= 0 && at < history.value.length - 1;
});
export const undoWords = computed(() => history.value.find((state) => state.is_present));

/** Do something, and show what went wrong. */
export async function attempt(work: () => Promise<unknown>): Promise<void> {
  problem.value = null;
  try {
    await work();
  } catch (failure) {
    problem.value = failure instanceof Problem ? failure : new Problem(String((failure as Error)?.message ?? failure));
    if (problem.value.status === 409 && song.value) void refreshSong(song.value.id);
  }
}

export async function refreshList(): Promise<void> {
  songs.value = await api.songs();
}

export async function openSong(id: string): Promise<void> {
  opening.value = true;
  selection.value = null;
  said.value = [];
  exported.value = null;
  lastTake = 0;
  setLooping(false);
  muted.value = new Set();
  soloed.value = new Set();
  try {
    await refreshSong(id);
    if (location.hash !== `#${id}`) window.history.pushState(null, "", `#${id}`);
  } finally {
    opening.value = false;
  }
}

export function closeSong(): void {
  player.unload();
  song.value = null;
  songNotes.value = notes.value = null;
  selection.value = null;
  said.value = [];
  if (location.hash) window.history.pushState(null, "", location.pathname);
  document.title = "symbolic_music";
  void attempt(refreshList);
}

/** Read everything about a song again. */
export async function refreshSong(id: string): Promise<void> {
  const [about, played, states, versions] = await Promise.all([api.song(id), api.notes(id), api.history(id), api.takes(id)]);
  takeNotes.clear();
  song.value = about;
  songNotes.value = played;
  history.value = states;
  takes.value = versions;
  takeShown.value = 0;
  pages.value = null;
  const picked = selection.value;
  if (picked && picked.to >= played.bars.length) selection.value = null;
  document.title = `${about.title} – symbolic_music`;
  show(played);
}

function show(what: Notes): void {
  notes.value = what;
  player.load(song.value!.id, what);
  applyLoop();
}

export async function showTake(number: number): Promise<void> {
  if (number !== 0 && !takes.value.some((take) => take.number === number)) return;
  if (number !== 0 && !takeNotes.has(number)) takeNotes.set(number, await api.takeNotes(song.value!.id, number));
  takeShown.value = number;
  show(number === 0 ? songNotes.value! : takeNotes.get(number)!);
}

export function keepTake(number: number): Promise<void> {
  return attempt(async () => { await api.pick(song.value!, number); await refreshSong(song.value!.id); });
}

export function step(verb: "undo" | "redo"): Promise<void> {
  return attempt(async () => {
    const words = verb === "undo" ? undoWords.value : undefined;
    await api[verb](song.value!);
    said.value = [verb === "undo" ? `Undone: ${words?.words || words?.did.join("; ") || "the last change"}` : "Done again"];
    await refreshSong(song.value!.id);
  });
}

/** The line at the top: makes a song, or changes the one that is open. */
export function submitWords(words: string): Promise<void> {
  return attempt(async () => {
    if (!song.value) { watch(await api.make(words)); return; }
    const wish = await api.wish(song.value.id, words);
    said.value = wish.said.map((each) => `Understood – ${each}`);
    watch(await api.edit(song.value, words, wish.operations));
  });
}

export function edit(operation: Operation, versions?: number): Promise<void> {
  return attempt(async () => {
    const where = placeOf(operation);
    said.value = [];
    watch(await api.edit(song.value!, "", [{ ...where, ...operation }], versions));
  });
}

/** Where an operation goes: the section that is picked, or the bars, and the part. */
function placeOf(operation: Operation): Operation {
  const picked = selection.value;
  const place: Operation = {};
  if (!picked) return place;
  if (picked.section) place.section = picked.section;
  else if (picked.to >= picked.from && !isWhole(picked)) place.bars = `${picked.from + 1}-${picked.to + 1}`;
  const ofParts = ["take", "infill", "vary", "reharmonize", "transpose"].some((name) => name in operation);
  if (picked.part && ofParts) place.part = picked.part;
  return place;
}

export function isWhole(picked: Selection): boolean {
  return picked.from === 0 && picked.to === (notes.value?.bars.length ?? 0) - 1;
}

let lastTake = 0;
/** The number of a version that was not yet heard: one that was undone is not written again. */
export function nextTake(versions = 1): number {
  const first = Math.max(lastTake, history.value.length) + 1;
  lastTake = first + versions - 1;
  return first;
}

export function toggleLock(lock: Lock): Promise<void> {
  return attempt(async () => {
    const isLocked = song.value!.locks.some((each) => sameLock(each, lock));
    song.value = await api[isLocked ? "unlock" : "lock"](song.value!.id, [lock]);
  });
}

export const sameLock = (a: Lock, b: Lock) =>
  (a.section ?? null) === (b.section ?? null) && (a.part ?? null) === (b.part ?? null) && (a.what ?? "all") === (b.what ?? "all");

export function exportSong(request: unknown): Promise<void> {
  return attempt(async () => { exported.value = null; watch(await api.exportSong(song.value!.id, request)); });
}

export function importFile(file: File): Promise<void> {
  return attempt(async () => { watch(await api.importUpload((await api.upload(file)).id)); });
}

export function removeSong(id: string): Promise<void> {
  return attempt(async () => { await api.remove(id); await refreshList(); });
}

export function loadPages(): Promise<void> {
  const about = song.value;
  if (!about || pages.value?.revision === about.revision) return Promise.resolve();
  return attempt(async () => {
    const drawn = await api.pages(about.id);
    const pictures = drawn.map((svg) => URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" })));
    pages.value = { revision: about.revision, pictures };
  });
}

export function select(next: Selection | null): void {
  selection.value = next;
  applyLoop();
}

export function setLooping(on: boolean): void {
  looping.value = on;
  applyLoop();
}

function applyLoop(): void {
  const picked = selection.value, shown = notes.value;
  if (!looping.value || !shown) { player.setLoop(null); return; }
  const from = picked ? shown.bars[picked.from]?.tick ?? 0 : 0;
  const to = picked ? shown.bars[picked.to + 1]?.tick ?? shown.end_tick : shown.end_tick;
  player.setLoop({ from, to });
}

// --- jobs -------------------------------------------------------------------------------------------------------

function watch(job: Job): void {
  put(job);
  // The stream says it sooner; this is for one that broke, and for jobs that ended before it was open.
  const timer = setInterval(async () => {
    const known = jobs.value.get(job.id);
    if (!known) { clearInterval(timer); return; }
    try { await settle(await api.job(job.id)); } catch (failure) { if (failure instanceof Problem && failure.status === 404) drop(job.id); }
  }, 2500);
  void api.job(job.id).then(settle).catch(() => undefined);
}

function put(job: Job): void { jobs.value = new Map(jobs.value).set(job.id, job); }
function drop(id: string): void { const left = new Map(jobs.value); left.delete(id); jobs.value = left; }

async function settle(job: Job): Promise<void> {
  if (!jobs.value.has(job.id)) return;
  if (job.state === "queued" || job.state === "running") { put(job); return; }
  drop(job.id);
  if (job.state === "failed") {
    problem.value = new Problem(job.problem?.title ?? "It did not work.", job.problem?.hint ?? "");
    return;
  }
  if (job.state === "cancelled") { said.value = ["Stopped; nothing was changed."]; return; }
  await attempt(() => finished(job));
}

async function finished(job: Job): Promise<void> {
  if (job.kind === "export") { exported.value = { jobId: job.id, files: job.result?.files ?? [] }; return; }
  if (job.kind === "create" || job.kind === "import") {
    await refreshList();
    if (!song.value) await openSong(job.song_id!);
    return;
  }
  if (job.song_id !== song.value?.id) return;
  await refreshSong(job.song_id!);
  if (takes.value.length && job.result?.takes?.length) {
    said.value = [`${takes.value.length} versions: listen, then keep one. The song is unchanged until then.`];
  } else said.value = [...(job.result?.did ?? []).map((each) => `Done – ${each}`), ...(job.result?.differs ?? []).slice(0, 3)];
}

export const cancel = (id: string) => attempt(() => api.cancel(id));

export function listen(): void {
  const stream = new EventSource("api/events");
  const heard = (message: MessageEvent) => {
    const data = JSON.parse(message.data) as { job_id: string; stage?: string; done?: number; total?: number; song_id?: string };
    const known = jobs.value.get(data.job_id);
    if (message.type === "changed") {
      if (data.song_id === song.value?.id) void refreshIfChanged(data.song_id!);
      return;
    }
    if (["done", "failed", "cancelled"].includes(message.type)) {
      if (known) void api.job(data.job_id).then(settle).catch(() => undefined);
      else void otherTab(data.job_id);
    } else if (known) {
      put({ ...known, state: message.type === "queued" ? "queued" : "running", stage: data.stage ?? known.stage, done: data.done ?? known.done, total: data.total ?? known.total });
    }
  };
  for (const kind of ["queued", "running", "stage", "done", "failed", "cancelled", "changed"]) stream.addEventListener(kind, heard);
}

/** Another tab has made or changed something. */
async function otherTab(jobId: string): Promise<void> {
  await refreshList().catch(() => undefined);
  const job = await api.job(jobId).catch(() => null);
  if (job?.kind === "edit" && job.song_id === song.value?.id) await refreshIfChanged(job.song_id!);
}

async function refreshIfChanged(id: string): Promise<void> {
  const now = await api.song(id).catch(() => null);
  if (now && now.revision !== song.value?.revision && !busyJob.value) await attempt(() => refreshSong(id));
}

export async function begin(): Promise<void> {
  listen();
  await attempt(async () => {
    await refreshList();
    for (const job of await api.runningJobs()) watch(job);
    const wanted = location.hash.slice(1);
    if (wanted && songs.value!.some((each) => each.id === wanted)) await openSong(wanted);
  });
  void api.choices().then((all) => { choices.value = all; }).catch(() => undefined);
}

effect(() => { muted.value; soloed.value; player.applyMutes(); });
export { playing };
