// Beside the notes: what can be done with what is selected; versions, history, export, the sheet.
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Lock } from "./api";
import { barAt, nameOf } from "./roll";
import { FileButton } from "./controls";
import { chordsOf, zoomAtLeast } from "./score_view";
import * as store from "./store";

type Tab = "edit" | "history" | "export" | "sheet";
const TABS: [Tab, string][] = [["edit", "Change"], ["history", "History"], ["export", "Export"], ["sheet", "Sheet"]];
const tab = signal<Tab>("edit");
const amount = signal(0.4);

export function Panel() {
  if (store.making.value !== null) {
    return (
      <aside class="panel" aria-label="Tools">
        <div class="tab">
          <h2>The rest is being written</h2>
          <p class="hint">You hear the first bars, again and again until the others are there. They may be played a little otherwise in the whole song.</p>
        </div>
      </aside>
    );
  }
  return (
    <aside class="panel" aria-label="Tools">
      <div class="tabs" role="tablist" aria-label="Tools">
        {TABS.map(([name, words]) => (
          <button key={name} id={`tab-${name}`} role="tab" aria-selected={tab.value === name} tabIndex={tab.value === name ? 0 : -1} onKeyDown={turn} onClick={() => { tab.value = name; }}>{words}</button>
        ))}
      </div>
      <div class="tab" role="tabpanel" aria-label={TABS.find(([name]) => name === tab.value)![1]}>
        {tab.value === "edit" && <EditTab />}
        {tab.value === "history" && <HistoryTab />}
        {tab.value === "export" && <ExportTab />}
        {tab.value === "sheet" && <SheetTab />}
      </div>
    </aside>
  );
}

/** Arrows go from tab to tab, as people with screen readers expect. */
function turn(event: KeyboardEvent): void {
  const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
  if (!by) return;
  event.preventDefault();
  event.stopPropagation();
  const at = TABS.findIndex(([name]) => name === tab.value);
  tab.value = TABS[(at + by + TABS.length) % TABS.length][0];
  document.getElementById(`tab-${tab.value}`)?.focus();
}

function placeWords(): string {
  const picked = store.selection.value;
  if (!picked) return "the whole song";
  const where = picked.section ?? (store.isWhole(picked) ? "the whole song" : picked.from === picked.to ? `bar ${picked.from + 1}` : `bars ${picked.from + 1}–${picked.to + 1}`);
  return picked.part ? `${picked.part} in ${where}` : where;
}

function EditTab() {
  return <>{store.takes.value.length > 0 && <Takes />}{store.pickedNote.value ? <NoteTools /> : <PlaceTools />}<Keys /></>;
}

/** What can be done with one note; all of it by keys too. */
function NoteTools() {
  const notes = store.notes.value!, picked = store.pickedNote.value!;
  const at = store.placeOfNote(notes, picked);
  const field = useRef<HTMLInputElement>(null);
  const busy = store.busyJob.value !== null || store.takeShown.value !== 0;
  if (!at) return null;
  const track = notes.tracks[at.track], bar = barAt(notes, picked.onset + 20);
  const beat = Math.floor((picked.onset + 20 - notes.bars[bar].tick) / notes.tpq) + 1;
  const write = (event: Event) => {
    event.preventDefault();
    zoomAtLeast(2.4);
    const text = field.current!.value.trim(), onset = picked.onset;
    const next = () => { store.stepNote(1); setTimeout(() => { field.current?.focus(); field.current?.select(); }); };
    if (text === store.wordOn(notes, onset)) { next(); return; }
    void store.correct([], [{ onset_tick: onset, text }]).then(next);
  };
  return (
    <>
      <h2>{nameOf(track, picked.pitch)} <small>{track.name}, bar {bar + 1}, beat {beat}</small></h2>
      <div class="actions">
        <div class="pair">
          <button disabled={busy} onClick={() => store.nudge({ pitch: 1 })} title="Arrow up; with shift an octave">Higher</button>
          <button disabled={busy} onClick={() => store.nudge({ pitch: -1 })} title="Arrow down; with shift an octave">Lower</button>
        </div>
        <div class="pair">
          <button disabled={busy} onClick={() => store.nudge({ steps: -1 })} title="Alt and left">Earlier</button>
          <button disabled={busy} onClick={() => store.nudge({ steps: 1 })} title="Alt and right">Later</button>
        </div>
        {!track.is_drum && (
          <div class="pair">
            <button disabled={busy} onClick={() => store.nudge({ length: -1 })} title="Alt, shift and left">Shorter</button>
            <button disabled={busy} onClick={() => store.nudge({ length: 1 })} title="Alt, shift and right">Longer</button>
          </div>
        )}
        {track.role === "melody" && (
          <form class="field" onSubmit={write}>
            <label for="sung">Sung on it</label>
            <input id="sung" ref={field} key={`${picked.onset}`} defaultValue={store.wordOn(notes, picked.onset)} maxLength={60} autocomplete="off" placeholder="hap-" />
            <button disabled={busy} type="submit" title="Enter: write it, on to the next note">Next</button>
          </form>
        )}
        <div class="pair">
          <button class="quiet" onClick={() => store.stepNote(-1)} title="Shift-N">‹ Note before</button>
          <button class="quiet" onClick={() => store.stepNote(1)} title="N">Note after ›</button>
        </div>
        <button disabled={busy} onClick={() => store.nudge({ remove: true })} title="Delete">Take it out</button>
      </div>
      <p class="hint after">A note that you change locks its part in its section, so that nothing else changes it.</p>
    </>
  );
}

function PlaceTools() {
  const picked = store.selection.value;
  const busy = store.busyJob.value !== null;
  const hasBars = picked !== null && !picked.section && !store.isWhole(picked);
  const isSection = picked?.section != null && !picked.part;
  const canLock = picked !== null && !hasBars;
  const lock: Lock = { ...(picked?.section ? { section: picked.section } : {}), ...(picked?.part ? { part: picked.part } : {}) };
  const isLocked = store.song.value!.locks.some((each) => store.sameLock(each, lock));
  return (
    <>
      <h2>{placeWords()}</h2>
      {!picked && <p class="hint">Click a section, a part, or drag over bars; what is not selected stays as it is, note for note.</p>}
      <div class="actions">
        <button class="main" disabled={busy} onClick={() => void store.edit({ take: store.nextTake() })}>Another version</button>
        <button disabled={busy} onClick={() => void store.edit({ take: store.nextTake(3) }, 3)}>Three to choose from</button>
        {picked && !picked.part && !store.isWhole(picked) && picked.to - picked.from < 16 && <ChordLine busy={busy} />}
        {(hasBars || picked?.section) && <button disabled={busy} onClick={() => void store.edit({ infill: true })}>Fill anew from around</button>}
        <button disabled={busy || (picked?.part != null && picked.part !== "melody")} onClick={() => void store.edit({ reharmonize: true })}>Other chords</button>
        <div class="pair">
          <button disabled={busy} onClick={() => void store.edit({ vary: amount.value })}>Vary</button>
          <label>by <input type="range" min="0.1" max="1" step="0.1" value={amount.value} aria-label="How much to vary" onInput={(event) => { amount.value = Number(event.currentTarget.value); }} /></label>
        </div>
        {!hasBars && !picked?.part && (
          <div class="pair">
            <button disabled={busy} onClick={() => void store.edit({ intensity: 0.2 })}>Bigger</button>
            <button disabled={busy} onClick={() => void store.edit({ intensity: -0.2 })}>Calmer</button>
          </div>
        )}
        {isSection && (
          <div class="pair">
            <button disabled={busy} onClick={() => void store.edit({ duplicate: true })}>Play it twice</button>
            <button disabled={busy} onClick={() => void store.edit({ remove: true })}>Take it out</button>
          </div>
        )}
        {isSection && <MoveSection busy={busy} />}
        {picked === null && <Restyle busy={busy} />}
        {(!picked || picked.part === "melody") && hasTune() && <FileButton label="Words to sing…" kinds=".txt,.lrc" />}
        {canLock && <button disabled={busy} aria-pressed={isLocked} onClick={() => void store.toggleLock(lock)}>{isLocked ? "Unlock" : "Lock: nothing may change it"}</button>}
      </div>
      {store.song.value!.locks.length > 0 && (
        <>
          <h3>Locked</h3>
          <ul class="locks">
            {store.song.value!.locks.map((each) => (
              <li key={JSON.stringify(each)}>
                <span>{each.part ?? (each.what && each.what !== "all" ? each.what : "everything")} in {each.section ?? "the whole song"}</span>
                <button class="quiet" onClick={() => void store.toggleLock(each)}>Unlock</button>
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

const hasTune = () => store.notes.value!.tracks.some((track) => track.role === "melody");

/** The chords of the bars that are selected, to be written anew. */
function ChordLine({ busy }: { busy: boolean }) {
  const notes = store.notes.value!, picked = store.selection.value!;
  const field = useRef<HTMLInputElement>(null);
  const now: string[] = [];
  for (let bar = picked.from; bar <= Math.min(picked.to, picked.from + 15); bar++) now.push(chordsOf(notes, bar));
  const write = (event: Event) => {
    event.preventDefault();
    const text = field.current!.value.trim();
    if (text && text !== now.join(" | ")) void store.edit({ chords: text, bars: `${picked.from + 1}-${picked.to + 1}` });
  };
  return (
    <form class="field" onSubmit={write}>
      <label for="chords">Chords</label>
      <input id="chords" ref={field} key={`${picked.from} ${now.join("|")}`} defaultValue={now.join(" | ")} maxLength={400} autocomplete="off" spellcheck={false} />
      <button disabled={busy} type="submit">Set</button>
    </form>
  );
}

function Keys() {
  return (
    <>
      <details class="keys">
        <summary>Keys</summary>
        <dl>
          <dt>space</dt><dd>play, pause</dd><dt>← →</dt><dd>a bar back, on; with shift: select</dd><dt>+ −</dt><dd>zoom</dd>
          <dt>L C F</dt><dd>loop, click, follow</dd><dt>0–9</dt><dd>hear the song, a version</dd><dt>/</dt><dd>say what to change</dd>
          <dt>N</dt><dd>next note; with shift: before</dd><dt>↑ ↓</dt><dd>the note higher, lower</dd>
          <dt>Alt ← →</dt><dd>note or section earlier, later</dd><dt>K W</dt><dd>write chords, words</dd>
          <dt>Ctrl-Z</dt><dd>undo; with shift: redo</dd><dt>Esc</dt><dd>select nothing</dd>
        </dl>
      </details>
    </>
  );
}

function MoveSection({ busy }: { busy: boolean }) {
  const others = store.song.value!.sections.map((section) => section.name).filter((name) => name !== store.selection.value?.section);
  return (
    <label class="pair">Move it
      <select disabled={busy} value="" aria-label="Move the section" onChange={(event) => {
        const before = event.currentTarget.value;
        event.currentTarget.value = "";
        if (before) void store.edit({ move: true, before });
      }}>
        <option value="">before …</option>
        {others.map((name) => <option key={name} value={name}>before {name}</option>)}
      </select>
    </label>
  );
}

function Restyle({ busy }: { busy: boolean }) {
  return (
    <label class="pair">Another style
      <select disabled={busy || !store.choices.value} value="" aria-label="Another style" onChange={(event) => {
        const style = event.currentTarget.value;
        event.currentTarget.value = "";
        if (style) void store.edit({ style });
      }}>
        <option value="">choose …</option>
        {store.choices.value?.styles.map(({ name }) => <option key={name} value={name}>{name}</option>)}
      </select>
    </label>
  );
}

function Takes() {
  const shown = store.takeShown.value;
  const hear = (number: number) => void store.attempt(() => store.showTake(number));
  const differs = store.takes.value.find((take) => take.number === shown)?.differs ?? [];
  return (
    <div class="takes">
      <h2>Versions</h2>
      <div class="take-row" role="group" aria-label="Versions to hear">
        <button aria-pressed={shown === 0} onClick={() => hear(0)} title="Key 0">As it is</button>
        {store.takes.value.map(({ number }) => (
          <button key={number} aria-pressed={shown === number} onClick={() => hear(number)} title={`Key ${number}`} aria-label={`Version ${letter(number)}`}>{letter(number)}</button>
        ))}
      </div>
      {shown > 0 && (
        <>
          <ul class="differs">{differs.slice(0, 3).map((each) => <li key={each}>{each}</li>)}</ul>
          <button class="main" disabled={store.busyJob.value !== null} onClick={() => void store.keepTake(shown)}>Keep version {letter(shown)}</button>
        </>
      )}
    </div>
  );
}

const letter = (number: number) => String.fromCharCode(64 + number);

/** Takes have numbers; who listens knows versions by their letters. */
const asPeopleSay = (did: string) =>
  did.replace(/: take \d+( \(choice (\d+)\))?$/, (_, chosen, number) => (chosen ? `: version ${letter(Number(number))}` : ": another version"));

function HistoryTab() {
  const states = store.history.value;
  const at = states.findIndex((state) => state.is_present);
  return (
    <ol class="history" aria-label="What was done">
      {states.map((state, place) => (
        <li key={state.number} class={place > at ? "undone" : ""} aria-current={state.is_present ? "step" : undefined}>
          <strong>{place === 0 && !state.words ? "The beginning" : state.words || state.did.map(asPeopleSay).join("; ")}</strong>
          {state.words && place > 0 && <span>{state.did.map(asPeopleSay).join("; ")}</span>}
          {state.is_present && <em>now</em>}
        </li>
      ))}
    </ol>
  );
}

const GROUPS: [string, string[]][] = [
  ["Sound", ["wav", "mp3"]], ["Studios", ["stems", "rpp", "dawproject"]], ["Sheet", ["score", "abc", "pdf", "svg", "png"]], ["Games", []],
];
const FORMATS: Record<string, string> = {
  wav: "WAV", mp3: "MP3", stems: "Stems, a file a track", rpp: "REAPER project", dawproject: "DAWproject (Bitwig, Cubase, Studio One)",
  score: "Full score (MusicXML)", abc: "Lead sheet (ABC)", pdf: "Pages (PDF)", svg: "Pages (SVG)", png: "Pages as pictures (PNG)",
};
const wanted = signal<ReadonlySet<string>>(new Set(["mp3"]));
const stemAudio = signal("wav");
const game = signal(false);

function ExportTab() {
  const about = store.song.value!;
  const files = `api/songs/${about.id}/files`;
  const found = store.exported.value;
  const panel = useRef<HTMLDivElement>(null);
  const inside = found?.files.filter((name) => name.includes("/")) ?? [];
  const link = (name: string) => <li key={name}><a href={`api/jobs/${found!.jobId}/files/${name}`} download>{name}</a></li>;
  useEffect(() => { if (found) panel.current?.closest(".panel")?.scrollTo({ top: 0 }); }, [found]);
  const busy = [...store.jobs.value.values()].some((job) => job.kind === "export");
  const flip = (name: string) => {
    const next = new Set(wanted.value);
    if (!next.delete(name)) next.add(name);
    wanted.value = next;
  };
  const most = store.choices.value?.formats ?? [];
  return (
    <>
      {found && (
        <div class="takes" ref={panel}><h2>Ready</h2><ul class="links" aria-label="Exported files">
          {found.files.includes("all.zip") && <li><a href={`api/jobs/${found.jobId}/files/all.zip`} download={`${about.title}.zip`}><strong>All of it (.zip)</strong></a></li>}
          {found.files.filter((name) => name !== "all.zip" && !name.includes("/")).map(link)}
          {inside.length > 0 && <li><details><summary>{inside.length} files in folders</summary><ul>{inside.map(link)}</ul></details></li>}
        </ul></div>
      )}
      <h2>At once</h2>
      <ul class="links">
        <li><a href={`${files}/song.mid`} download={`${about.title}.mid`}>MIDI</a></li>
        <li><a href={`${files}/lead.musicxml`} download={`${about.title}.musicxml`}>Lead sheet (MusicXML)</a></li>
        {about.files.includes("song.wav") && <li><a href={`${files}/song.wav`} download={`${about.title}.wav`}>Sound (WAV)</a></li>}
        <li><a href={`${files}/preview.ogg`} download={`${about.title}.ogg`}>Half a minute of sound (OGG)</a></li>
        <li><a href={`${files}/picture.png`} download={`${about.title}.png`}>Picture</a></li>
      </ul>
      <h2>To be made</h2>
      {GROUPS.map(([title, names]) => (
        <fieldset class="formats" key={title}>
          <legend>{title}</legend>
          {most.filter(({ name }) => names.includes(name)).map(({ name, says }) => (
            <label key={name}><input type="checkbox" checked={wanted.value.has(name)} onChange={() => flip(name)} /> {FORMATS[name] ?? says}</label>
          ))}
          {title === "Games" && <label><input type="checkbox" checked={game.value} onChange={() => { game.value = !game.value; }} /> Loop, layers, stingers, transitions</label>}
          {title === "Studios" && (
            <label class="inline">Stems as <select value={stemAudio.value} onChange={(event) => { stemAudio.value = event.currentTarget.value; }}>
              {["wav", "flac", "ogg", "none"].map((kind) => <option key={kind} value={kind}>{kind === "none" ? "MIDI alone" : kind.toUpperCase()}</option>)}
            </select></label>
          )}
        </fieldset>
      ))}
      <button class="main" disabled={busy || (wanted.value.size === 0 && !game.value)}
        onClick={() => void store.exportSong({ formats: [...wanted.value], game_pack: game.value, audio: stemAudio.value })}>{busy ? "Writing…" : "Export"}</button>
    </>
  );
}

function SheetTab() {
  const revision = store.song.value!.revision;
  useEffect(() => { void store.loadPages(); }, [revision]);
  const drawn = store.pages.value;
  if (!drawn) return <p class="hint">{store.problem.value ? "The sheet could not be drawn." : "Engraving…"}</p>;
  return <div class="sheets">{drawn.pictures.map((address, page) => <a key={address} href={address} target="_blank"><img src={address} alt={`Lead sheet, page ${page + 1}`} /></a>)}</div>;
}
