// What the page knows, and what can be done; components only show and call.
import { computed, effect, signal } from "@preact/signals";
import { api, Problem, type NoteCorrection, type ToldBars, type WordCorrection, type Choices, type Job, type Lock, type Notes, type Operation, type Song, type SongRow, type State, type Take, type TrackNotes } from "./api";
import { secondsAt, tickAt } from "./roll";
import { mark, muted, player, playing, soloed } from "./player";

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

/** A note that is picked: its track, and where it begins. */
export interface Picked { track: string; onset: number; pitch: number }
export const pickedNote = signal<Picked | null>(null);
/** The job whose first bars are shown and heard while it writes the rest. */
export const making = signal<string | null>(null);
let askedFor = ""; // the job that was asked for in this tab

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
  making.value = null;
  selection.value = null;
  pickedNote.value = null;
  said.value = [];
  exported.value = null;
  lastTake = 0;
  setLooping(false);
  muted.value = new Set();
  soloed.value = new Set();
  const address = location.href;
  if (location.hash !== `#${id}`) window.history.pushState(null, "", `#${id}`);
  try {
    await refreshSong(id);
  } catch (failure) {
    window.history.replaceState(null, "", address);
    throw failure;
  } finally {
    opening.value = false;
  }
}

export function closeSong(): void {
  player.unload();
  making.value = null;
  askedFor = "";
  pickedNote.value = null;
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
  const later = Promise.all([api.history(id), api.takes(id)]);
  later.catch(() => undefined);
  const [about, played] = await Promise.all([api.song(id), api.notes(id)]);
  takeNotes.clear();
  song.value = about;
  songNotes.value = played;
  takeShown.value = 0;
  pages.value = null;
  making.value = null;
  const picked = selection.value;
  if (picked && picked.to >= played.bars.length) selection.value = null;
  if (pickedNote.value && !placeOfNote(played, pickedNote.value)) pickedNote.value = null;
  document.title = `${about.title} – symbolic_music`;
  show(played);
  [history.value, takes.value] = await later;
}

function show(what: Notes): void {
  notes.value = what;
  player.load(song.value!.id, what);
  applyLoop();
  mark("shown");
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
    await refreshSong(song.value!.id);
    said.value = [verb === "undo" ? `Undone: ${words?.words || words?.did.join("; ") || "the last change"}` : "Done again"];
  });
}

/** The line at the top: makes a song, or changes the one that is open. */
export function submitWords(asked: string): Promise<void> {
  if (!song.value) return make(asked, words.value?.text);
  return attempt(async () => {
    if (!song.value) return;
    mark("edited");
    const wish = await api.wish(song.value.id, asked);
    said.value = wish.said.map((each) => `Understood – ${each}`);
    watch(await api.edit(song.value, asked, wish.operations));
  });
}

/** Make a song; its first bars are heard as soon as they are there. */
export function make(asked: string, lyrics?: string): Promise<void> {
  player.prepare(); // inside the click: browsers let no page sound by itself
  askedFor = "";
  return attempt(async () => {
    const job = await api.make(asked, lyrics);
    words.value = null;
    askedFor = job.id;
    watch(job);
  });
}

let told: ToldBars[] = [];
/** Bars come while a song is made: play the first ones again and again until the rest is there. */
function hearBars(bars: ToldBars, isOpening: boolean): void {
  const job = jobs.value.get(bars.job_id);
  if (!job || bars.job_id !== askedFor || (song.value && making.value !== bars.job_id)) return;
  if (isOpening) { mark("opening"); told = []; showDraft(job, [bars], false); return; }
  if (bars.first_bar === 0) told = [];
  told.push(bars);
  const isWhole = bars.bars.at(-1) !== undefined && endOf(bars) >= bars.end_tick;
  if (isWhole || (making.value === null && told.length === 1)) showDraft(job, told, isWhole);
}

function showDraft(job: Job, pieces: ToldBars[], isWhole: boolean): void {
  const isFirst = making.value === null;
  const draft = joinBars(pieces);
  const sections = pieces.map(({ section, n_bars }) => ({ name: section, kind: section.replace(/ \d+$/, ""), n_bars, key: "", intensity: 0.5, reason: "" }));
  making.value = job.id;
  isVamp = !isWhole;
  song.value = {
    id: job.song_id!, title: draft.title, created: 0, changed: 0, revision: 0, genre: "", mood: "", key: "",
    tempo_qpm: draft.tempos[0]?.qpm ?? 120, meter: draft.bars[0]?.meter ?? "", n_bars: draft.bars.length, duration_sec: draft.duration_sec,
    sections, files: [], locks: [],
  };
  songNotes.value = draft;
  if (isFirst) {
    muted.value = new Set();
    soloed.value = new Set();
    looping.value = false;
    window.history.pushState(null, "", `#${job.song_id}`);
    document.title = `${draft.title} – symbolic_music`;
  }
  show(draft);
  if (isFirst) void player.play().catch(() => undefined);
}

const endOf = (bars: ToldBars) => {
  const last = bars.bars.at(-1)!;
  const [beats, unit] = last.meter.split("/").map(Number);
  return last.tick + (bars.tpq * 4 * beats) / unit;
};

/** Bars told one after the other, as the notes of a song that ends with them. */
function joinBars(pieces: ToldBars[]): Notes {
  const last = pieces.at(-1)!, end = endOf(last);
  const tracks = new Map<string, TrackNotes>();
  for (const piece of pieces) {
    for (const track of piece.tracks) {
      const known = tracks.get(track.name);
      if (!known) { tracks.set(track.name, structuredClone(track)); continue; }
      for (const column of ["onset_tick", "duration_tick", "pitch", "velocity"] as const) known.notes[column].push(...track.notes[column]);
      known.controls.push(...track.controls);
    }
  }
  const bar = last.bars.at(-1)!;
  const qpm = last.tempos.filter(({ tick }) => tick <= bar.tick).at(-1)?.qpm ?? 120;
  return {
    title: last.title, tpq: last.tpq, end_tick: end, tempos: last.tempos,
    duration_sec: end >= last.end_tick ? last.duration_sec : bar.sec + ((end - bar.tick) / last.tpq) * (60 / qpm),
    tracks: [...tracks.values()].filter((track) => track.notes.pitch.length),
    bars: pieces.flatMap((piece) => piece.bars), sections: pieces.flatMap((piece) => piece.sections),
    chords: pieces.flatMap((piece) => piece.chords).filter(({ tick }) => tick < end), lyrics: pieces.flatMap((piece) => piece.lyrics),
  };
}

/** Where a picked note is in what is shown. */
export function placeOfNote(shown: Notes, picked: Picked): { track: number; index: number } | null {
  const track = shown.tracks.findIndex(({ name }) => name === picked.track);
  if (track < 0) return null;
  const { onset_tick, pitch } = shown.tracks[track].notes;
  const index = onset_tick.findIndex((tick, at) => tick === picked.onset && pitch[at] === picked.pitch);
  return index < 0 ? null : { track, index };
}

/** Correct notes and words by hand: heard at once, locked from then on. */
export function correct(notes: NoteCorrection[], words: WordCorrection[] = []): Promise<void> {
  return attempt(async () => {
    if (takeShown.value !== 0) throw new Problem("A version is shown.", "Keep it first, or press 0 to hear the song as it is.");
    mark("edited");
    song.value = await api.correct(song.value!, notes, words);
    const [note] = notes;
    if (note && !note.remove) pickedNote.value = { track: note.track, onset: note.to_onset_tick ?? note.onset_tick, pitch: note.to_pitch ?? note.pitch };
    await refreshSong(song.value.id);
    said.value = history.value.find((state) => state.is_present)?.did.map((each) => `Done – ${each}`) ?? [];
  });
}

export function edit(operation: Operation, versions?: number): Promise<void> {
  return attempt(async () => {
    const where = "section" in operation || "bars" in operation ? {} : placeOf(operation);
    said.value = [];
    mark("edited");
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

/** Move a section to before the one at a place in the form, or to the end. */
export function moveSection(name: string, gap: number): Promise<void> {
  const names = song.value!.sections.map((section) => section.name);
  const own = names.indexOf(name);
  if (own < 0 || gap < 0 || gap > names.length || gap === own || gap === own + 1) return Promise.resolve();
  select(null);
  return edit(gap === names.length ? { section: name, move: true, after: "end" } : { section: name, move: true, before: names[gap] });
}

/** The note after or before the one that is picked, in its track; without one, the next of the tune from here on. */
export function stepNote(by: number): void {
  const shown = notes.value;
  if (!shown) return;
  const at = pickedNote.value && placeOfNote(shown, pickedNote.value);
  let track = at ? at.track : shown.tracks.findIndex((each) => each.role === "melody");
  if (track < 0) track = 0;
  const own = shown.tracks[track]?.notes;
  if (!own || !own.pitch.length) return;
  const now = tickAt(shown, player.position);
  const first = own.onset_tick.findIndex((tick) => tick >= now - 60);
  const index = at ? at.index + by : Math.max(0, first);
  if (index < 0 || index >= own.pitch.length) return;
  select(null);
  pickedNote.value = { track: shown.tracks[track].name, onset: own.onset_tick[index], pitch: own.pitch[index] };
  player.hear(track, own.pitch[index]);
  if (!playing.value) player.seek(secondsAt(shown, own.onset_tick[index]));
}

/** Change the picked note: pitch in semitones, place and length in sixteenths. */
export function nudge(change: { pitch?: number; steps?: number; length?: number; remove?: boolean }): void {
  const shown = notes.value, picked = pickedNote.value;
  const at = shown && picked && placeOfNote(shown, picked);
  if (!shown || !picked || !at || busyJob.value || making.value) return;
  const track = shown.tracks[at.track], grid = shown.tpq / 4;
  const place: NoteCorrection = { track: picked.track, onset_tick: picked.onset, pitch: picked.pitch };
  if (change.remove) { void correct([{ ...place, remove: true }]); return; }
  const pitch = Math.min(127, Math.max(0, picked.pitch + (change.pitch ?? 0)));
  const onset = Math.max(0, picked.onset + (change.steps ?? 0) * grid);
  const duration = Math.max(grid / 2, track.notes.duration_tick[at.index] + (change.length ?? 0) * grid);
  if (pitch !== picked.pitch) player.hear(at.track, pitch);
  void correct([{ ...place, to_pitch: pitch, to_onset_tick: onset, to_duration_tick: duration }]);
}

/** The syllable on a note of the tune, with a hyphen where its word goes on. */
export function wordOn(shown: Notes, onset: number): string {
  const found = shown.lyrics.find(({ tick }) => Math.abs(tick - onset) < shown.tpq / 4);
  return found ? found.text + (found.goes_on ? "-" : "") : "";
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

export const READABLE = ".mid,.midi,.kar,.dawproject,.musicxml,.xml,.mxl,.abc,.txt,.lrc,.cho,.crd,.wav,.flac,.ogg,.mp3,.aif,.aiff";
/** Words that were brought in, to be sung in the song that is open or in the next one. */
export const words = signal<{ name: string; text: string } | null>(null);

/** Bring in a file: music becomes a song, a text without chords the words of the next one. */
export function importFile(file: File): Promise<void> {
  return attempt(async () => {
    const ending = file.name.slice(file.name.lastIndexOf(".")).toLowerCase();
    if (!READABLE.split(",").includes(ending)) {
      throw new Problem(`“${file.name}” cannot be read here.`, "Bring MIDI, DAWproject, MusicXML, ABC, a text with chords or words, or sound.");
    }
    const text = ending === ".lrc" || ending === ".txt" ? (await file.text()).trim() : "";
    if (text && (ending === ".lrc" || !hasChords(text))) {
      words.value = { name: file.name, text };
      return;
    }
    if (song.value) closeSong();
    watch(await api.importUpload((await api.upload(file)).id));
  });
}

const CHORD = /^\[?\(?[A-GH][#b♯♭]?(m|min|maj|dim|aug|sus|add|M|°|ø|Δ|\+|-)?[0-9()#b,+-]*(sus[24]?|add[0-9]+|maj7)?(\/[A-G][#b]?)?\)?\]?$/;
/** Whether a text is a chart: bar lines, chords in brackets, or lines that are chords for the most part. */
export function hasChords(text: string): boolean {
  if (/\[[A-G][#b]?[^\]\s]{0,8}\]/.test(text.replace(/\[(verse|chorus|bridge|intro|outro|pre-?chorus|solo)[^\]]*\]/gi, "")) || /^\s*\|?.+\|/m.test(text)) return true;
  const lines = text.split("\n").map((line) => line.trim().split(/\s+/).filter(Boolean)).filter((line) => line.length);
  return lines.some((line) => line.length > 1 && line.filter((word) => CHORD.test(word)).length > line.length * 0.7);
}

/** Set the words that were brought in to the tune of the song that is open. */
export function singWords(): Promise<void> {
  return attempt(async () => {
    if (takeShown.value !== 0) throw new Problem("A version is shown.", "Keep it first, or press 0 to hear the song as it is.");
    mark("edited");
    song.value = await api.sing(song.value!, words.value!.text);
    words.value = null;
    await refreshSong(song.value.id);
    said.value = history.value.find((state) => state.is_present)?.did.map((each) => `Done – ${each}`) ?? [];
  });
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
  pickedNote.value = null;
  selection.value = next;
  applyLoop();
}

export function setLooping(on: boolean): void {
  looping.value = on;
  applyLoop();
}

let isVamp = false; // the first bars go round until there are more
function applyLoop(): void {
  const picked = selection.value, shown = notes.value;
  if (making.value && isVamp && shown) { player.setLoop({ from: 0, to: shown.end_tick }); return; }
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
  if (job.state !== "done" && making.value === job.id) closeSong();
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
    if (making.value === job.id && song.value?.id === job.song_id) await refreshSong(job.song_id!);
    else if (!song.value) await openSong(job.song_id!);
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
    if (message.type === "opening" || message.type === "bars") { hearBars(JSON.parse(message.data) as ToldBars, message.type === "opening"); return; }
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
  for (const kind of ["queued", "running", "stage", "opening", "bars", "done", "failed", "cancelled", "changed"]) stream.addEventListener(kind, heard);
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
