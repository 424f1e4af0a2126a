// The keyboard. Every key has a button too; letters that are typed into fields stay letters.
import { toggle } from "./app";
import { click, player } from "./player";
import { secondsAt, barAt, tickAt } from "./roll";
import { zoomBy } from "./score_view";
import * as store from "./store";

export function keysOf(event: KeyboardEvent): void {
  const target = event.target as HTMLElement;
  const isTyping = /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && !["range", "checkbox"].includes((target as HTMLInputElement).type);
  if (isTyping || !store.song.value) {
    if (event.key === "Escape") target.blur();
    return;
  }
  const isCommand = event.ctrlKey || event.metaKey;
  const done = isCommand ? withCommand(event) : event.altKey ? withAlt(event) : plain(event, target);
  if (done) event.preventDefault();
}

function withCommand(event: KeyboardEvent): boolean {
  const key = event.key.toLowerCase();
  if (key === "z") { void store.step(event.shiftKey ? "redo" : "undo"); return true; }
  if (key === "y") { void store.step("redo"); return true; }
  return false;
}

/** With Alt: a section that is picked moves, a note that is picked moves or changes its length. */
function withAlt(event: KeyboardEvent): boolean {
  const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
  if (!by) return false;
  if (store.pickedNote.value) { store.nudge(event.shiftKey ? { length: by } : { steps: by }); return true; }
  const names = store.song.value?.sections.map((section) => section.name) ?? [];
  const at = names.indexOf(store.selection.value?.section ?? "");
  if (at < 0 || store.busyJob.value) return false;
  void store.moveSection(names[at], by > 0 ? at + 2 : at - 1);
  return true;
}

function plain(event: KeyboardEvent, target: HTMLElement): boolean {
  const isControl = target.tagName === "BUTTON" || target.tagName === "A" || target.tagName === "INPUT";
  switch (event.key) {
    case " ": if (isControl && !target.closest(".transport, .sections")) return false; void toggle(); return true;
    case "ArrowLeft": case "ArrowRight":
      if (target.tagName === "INPUT") return false;
      moveBars(event.key === "ArrowRight" ? 1 : -1, event.shiftKey);
      return true;
    case "Home": player.seek(0); return true;
    case "ArrowUp": case "ArrowDown":
      if (!store.pickedNote.value || target.tagName === "INPUT" || target.tagName === "SELECT") return false;
      store.nudge({ pitch: (event.key === "ArrowUp" ? 1 : -1) * (event.shiftKey ? 12 : 1) });
      return true;
    case "Delete": case "Backspace":
      if (!store.pickedNote.value) return false;
      store.nudge({ remove: true });
      return true;
    case "n": case "N": store.stepNote(event.shiftKey ? -1 : 1); return true;
    case "w": document.getElementById("sung")?.focus(); return document.getElementById("sung") !== null;
    case "k": document.getElementById("chords")?.focus(); return document.getElementById("chords") !== null;
    case "Escape": store.select(null); return true;
    case "+": case "=": zoomBy(1.4); return true;
    case "-": zoomBy(1 / 1.4); return true;
    case "l": store.setLooping(!store.looping.value); return true;
    case "c": player.setClick(!click.value); return true;
    case "f": store.follow.value = !store.follow.value; return true;
    case "/": document.getElementById("prompt")?.focus(); return true;
  }
  if (/^[0-9]$/.test(event.key) && store.takes.value.length) { void store.attempt(() => store.showTake(Number(event.key))); return true; }
  return false;
}

/** A bar back or on; with shift the selection grows. */
function moveBars(by: number, grows: boolean): void {
  const notes = store.notes.value;
  if (!notes) return;
  const last = notes.bars.length - 1;
  if (grows) {
    const here = barAt(notes, tickAt(notes, player.position));
    const picked = store.selection.value ?? { from: here, to: here, section: null, part: null };
    store.select({ ...picked, to: Math.min(last, Math.max(picked.from, picked.to + by)), section: null });
    return;
  }
  const tick = tickAt(notes, player.position);
  let bar = barAt(notes, tick + 1);
  if (by > 0) bar += 1;
  else if (tick - notes.bars[bar].tick < notes.tpq) bar -= 1;
  player.seek(secondsAt(notes, notes.bars[Math.min(last, Math.max(0, bar))].tick));
}
