import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Job } from "./api";
import { FileButton } from "./controls";
import { keysOf } from "./keys";
import { Panel } from "./panel";
import { click, player, playing, sound, soundProblem, volume } from "./player";
import { ScoreView, zoomBy, zoomToFit } from "./score_view";
import * as store from "./store";

const STAGES: Record<string, string> = {
  plan: "Planning the form", compose: "Writing tune and chords", arrange: "Arranging the band", band: "Arranging the band", perform: "Playing it in",
  render: "Rendering sound", write: "Writing files", check: "Checking it",
};
const KINDS: Record<string, string> = { create: "Making a song", import: "Reading the file", edit: "Changing the song", export: "Writing the export" };

const TOLD_MS = 12000;

export const dropping = signal(false);

export function App() {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => keysOf(event);
    const onBack = () => {
      const id = location.hash.slice(1);
      if (!id && store.song.value) store.closeSong();
      else if (id && id !== store.song.value?.id) void store.attempt(() => store.openSong(id));
    };
    const over = (event: DragEvent) => { event.preventDefault(); dropping.value = true; };
    const out = (event: DragEvent) => { if (!event.relatedTarget) dropping.value = false; };
    const drop = (event: DragEvent) => {
      event.preventDefault();
      dropping.value = false;
      for (const file of event.dataTransfer?.files ?? []) void store.importFile(file);
    };
    window.addEventListener("keydown", onKey);
    window.addEventListener("popstate", onBack);
    window.addEventListener("dragover", over);
    window.addEventListener("dragleave", out);
    window.addEventListener("drop", drop);
    return () => {
      window.removeEventListener("keydown", onKey);
      window.removeEventListener("popstate", onBack);
      window.removeEventListener("dragover", over);
      window.removeEventListener("dragleave", out);
      window.removeEventListener("drop", drop);
    };
  }, []);
  return (
    <>
      <Header />
      <Messages />
      {store.song.value ? <Workshop /> : <Home />}
      {dropping.value && <div class="drop" role="status">Drop MIDI, MusicXML, a DAWproject, chords or words as text, or sound</div>}
    </>
  );
}

function Header() {
  const about = store.song.value;
  return (
    <header>
      {about ? <button class="quiet back" onClick={store.closeSong} aria-label="All songs">‹ Songs</button> : <span class="brand">symbolic_music</span>}
      <PromptLine />
      <Look />
    </header>
  );
}

function PromptLine() {
  const field = useRef<HTMLInputElement>(null);
  const about = store.song.value;
  const busy = about ? store.busyJob.value : null;
  const writing = store.making.value !== null;
  const submit = (event: Event) => {
    event.preventDefault();
    const words = field.current!.value.trim();
    if (!words && !(store.words.value && !about)) return;
    void store.submitWords(words).then(() => { if (!store.problem.value && field.current) field.current.value = ""; });
  };
  return (
    <form class="prompt" onSubmit={submit}>
      <label class="hidden" for="prompt">{about ? "What to change" : "What song to make"}</label>
      <input id="prompt" ref={field} autocomplete="off" maxLength={2000}
        disabled={writing} placeholder={writing ? "The song is being written" : about ? "Change this song: make the last chorus bigger" : "Make a song: calm waltz in D for piano and cello, 32 bars"} />
      <button class="main" type="submit" disabled={busy !== null}>{about ? "Change" : "Make"}</button>
    </form>
  );
}

function Messages() {
  const wrong = store.problem.value;
  const told = store.said.value;
  useEffect(() => {
    // History keeps what was done; what is only told must not lie over the music for ever.
    const timer = setTimeout(() => { if (store.said.value === told) store.said.value = []; }, TOLD_MS);
    return () => clearTimeout(timer);
  }, [told]);
  const shownJobs = [...store.jobs.value.values()].filter((job) => !store.song.value || job.song_id === store.song.value.id || job.kind !== "edit");
  return (
    <div class="messages">
      {wrong && (
        <div class="problem" role="alert">
          <span><strong>{sentence(wrong.message)}</strong>{wrong.hint && <> {sentence(wrong.hint)}</>}</span>
          <button class="quiet" onClick={() => { store.problem.value = null; }} aria-label="Close this message">✕</button>
        </div>
      )}
      {store.words.value && <Words brought={store.words.value} />}
      {sound.value === "failed" && (
        <div class="problem" role="alert"><span><strong>No sound.</strong> {sentence(soundProblem.value)} Everything else works.</span></div>
      )}
      <div role="status" aria-live="polite">
        {shownJobs.map((job) => <Progress key={job.id} job={job} />)}
        {store.said.value.length > 0 && (
          <div class="said">
            <ul>{store.said.value.map((each) => <li key={each}>{each}</li>)}</ul>
            <button class="quiet" onClick={() => { store.said.value = []; }} aria-label="Close this message">✕</button>
          </div>
        )}
      </div>
    </div>
  );
}

/** Words that were brought in, and what can become of them. */
function Words({ brought }: { brought: { name: string; text: string } }) {
  const lines = brought.text.split("\n").map((line) => line.replace(/\[[^\]]*\]/g, "").trim()).filter(Boolean);
  const open = store.song.value;
  return (
    <div class="said words">
      <div>
        <strong>Words: {brought.name}</strong>
        <p>{lines.slice(0, 4).join(" / ").slice(0, 160)}{lines.length > 4 && " …"}</p>
        {open ? (
          <p class="buttons">
            <button class="main" disabled={store.busyJob.value !== null || store.making.value !== null} onClick={() => void store.singWords()}>Sing them to this tune</button>
            <button onClick={store.closeSong}>Make a new song on them</button>
          </p>
        ) : <p class="hint">Say above what song they are for, then Make.</p>}
      </div>
      <button class="quiet" onClick={() => { store.words.value = null; }} aria-label="Leave the words out">✕</button>
    </div>
  );
}

const sentence = (words: string) => (/[.!?]$/.test(words) ? words : `${words}.`).replace(/^./, (sign) => sign.toUpperCase());

function Progress({ job }: { job: Job }) {
  const stage = job.state === "queued" ? "Waiting for its turn" : STAGES[job.stage] ?? (job.stage || "Beginning");
  const share = job.total > 0 ? job.done / job.total : undefined;
  return (
    <div class="progress">
      <span>{KINDS[job.kind] ?? job.kind}: {stage.toLowerCase()}</span>
      <progress aria-label={`${KINDS[job.kind]}: ${stage}`} {...(share === undefined ? {} : { value: share })} />
      <button class="quiet" onClick={() => void store.cancel(job.id)}>Stop</button>
    </div>
  );
}

function Home() {
  const all = store.songs.value;
  return (
    <main class="home">
      <div class="home-head">
        <h1>Songs</h1>
        <FileButton label="Open a file…" kinds={store.READABLE} />
      </div>
      {all === null && !store.problem.value && <p class="empty">Looking…</p>}
      {all?.length === 0 && store.jobs.value.size === 0 && <Welcome />}
      <ul class="songs">
        {all?.map((row) => (
          <li key={row.id}>
            <a href={`#${row.id}`} onClick={(event) => { event.preventDefault(); void store.attempt(() => store.openSong(row.id)); }}>
              <span class="title">{row.title || "Untitled"}</span>
              <time>{new Date(row.changed * 1000).toLocaleString([], { dateStyle: "medium", timeStyle: "short" })}</time>
            </a>
            <button class="quiet" aria-label={`Delete ${row.title}`} onClick={() => {
              if (confirm(`Delete “${row.title}” for good?`)) void store.removeSong(row.id);
            }}>Delete</button>
          </li>
        ))}
      </ul>
    </main>
  );
}

const IDEAS = ["calm waltz in D for piano and cello, 32 bars", "happy indie pop song with guitar, bass and drums", "slow jazz ballad with trumpet, 24 bars"];

function Welcome() {
  return (
    <div class="welcome">
      <h2>Say what you would like to hear</h2>
      <p>Write it in the line above, or begin with one of these. You hear the first bars while the rest is written.</p>
      <ul>{IDEAS.map((idea) => <li key={idea}><button onClick={() => void store.make(idea)}>{idea}</button></li>)}</ul>
      <p class="hint">Or drop a file on this page: MIDI, MusicXML, a DAWproject, chords or words as text, sound.</p>
    </div>
  );
}

/** Light, dark, or as the system has it. */
const LOOKS = ["auto", "light", "dark"] as const;
const look = signal<string>(localStorage.getItem("look") ?? "auto");
export function applyLook(): void {
  if (look.value === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = look.value;
  document.dispatchEvent(new Event("themechange"));
}

function Look() {
  const next = LOOKS[(LOOKS.indexOf(look.value as typeof LOOKS[number]) + 1) % LOOKS.length];
  return (
    <button class="quiet look" aria-label={`Colours: ${look.value}; change to ${next}`} title={`Colours: ${look.value}`}
      onClick={() => { look.value = next; localStorage.setItem("look", next); applyLook(); }}>
      <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 3a9 9 0 1 0 0 18zM12 3v2a7 7 0 0 1 0 14v2a9 9 0 0 0 0-18z" /></svg>
    </button>
  );
}

function Workshop() {
  const about = store.song.value!;
  return (
    <main class="workshop">
      <section class="about" aria-label="The song">
        <h1>{about.title}</h1>
        {store.making.value !== null ? <p>The first {about.n_bars} bars</p> : <p>{about.key.replace(/([A-G])b/, "$1♭").replace("#", "♯")} · {Math.round(about.tempo_qpm)} a minute · {about.meter} · {about.n_bars} bars · {clock(about.duration_sec)} · {about.genre}, {about.mood}</p>}
      </section>
      <Transport />
      <div class="columns">
        <ScoreView />
        <Panel />
      </div>
    </main>
  );
}

function Transport() {
  const time = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    let frame = 0;
    const tick = () => {
      if (time.current) {
        const words = `${clock(player.position)} / ${clock(store.notes.value?.duration_sec ?? 0)}`;
        if (time.current.textContent !== words) time.current.textContent = words;
      }
      frame = requestAnimationFrame(tick);
    };
    tick();
    return () => cancelAnimationFrame(frame);
  }, []);
  const undone = store.undoWords.value;
  return (
    <div class="transport" role="toolbar" aria-label="Playing">
      <button class="round" title="To the start (Home)" aria-label="To the start" onClick={() => player.seek(0)}><Sign path="M4 4h3v16H4zM20 4v16L8 12z" /></button>
      <button class="round main" title="Play, pause (space)" aria-label={playing.value ? "Pause" : "Play"} disabled={sound.value === "starting"} onClick={() => void toggle()}>
        {sound.value === "starting" ? "…" : <Sign path={playing.value ? "M6 4h4v16H6zM14 4h4v16h-4z" : "M7 4l13 8-13 8z"} />}
      </button>
      <span class="time" ref={time} />
      <Toggle on={store.looping.value} title="Loop what is selected (L)" press={() => store.setLooping(!store.looping.value)}>Loop</Toggle>
      <Toggle on={click.value} title="Metronome (C)" press={() => player.setClick(!click.value)}>Click</Toggle>
      <Toggle on={store.follow.value} title="Keep the playhead in view (F)" press={() => { store.follow.value = !store.follow.value; }}>Follow</Toggle>
      <label class="volume">Volume
        <input type="range" min="0" max="1" step="0.01" value={volume.value} onInput={(event) => player.setVolume(Number(event.currentTarget.value))} />
      </label>
      <span class="space" />
      <button aria-label="Zoom out" title="Zoom out (-)" onClick={() => zoomBy(1 / 1.4)}>−</button>
      <button aria-label="Zoom in" title="Zoom in (+)" onClick={() => zoomBy(1.4)}>+</button>
      <button title="See the whole song" onClick={zoomToFit}>Fit</button>
      <button title={`Undo (Ctrl-Z): ${undone?.words || undone?.did.join("; ") || ""}`} disabled={!store.canUndo.value || store.busyJob.value !== null} onClick={() => void store.step("undo")}>Undo</button>
      <button title="Redo (Shift-Ctrl-Z)" disabled={!store.canRedo.value || store.busyJob.value !== null} onClick={() => void store.step("redo")}>Redo</button>
    </div>
  );
}

function Sign({ path }: { path: string }) {
  return <svg viewBox="0 0 24 24" aria-hidden="true"><path d={path} /></svg>;
}

function Toggle({ on, title, press, children }: { on: boolean; title: string; press: () => void; children: string }) {
  return <button class={on ? "on" : ""} aria-pressed={on} title={title} onClick={press}>{children}</button>;
}

export const toggle = () => (playing.value ? Promise.resolve(player.pause()) : player.play().catch(() => undefined));

export function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
