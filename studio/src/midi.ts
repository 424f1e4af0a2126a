// Notes to a MIDI file for the synthesizer: one channel a track, drums on the tenth; a click and a loop if wanted.
import type { Notes } from "./api";

const DRUMS = 9;
const CLICK_HIGH = 76, CLICK_LOW = 77; // wood blocks

export interface Loop { from: number; to: number } // ticks

/** Each track's channel, as the server's own files have them. */
export function channelsOf(notes: Notes): number[] {
  let next = 0;
  return notes.tracks.map((track) => {
    if (track.is_drum) return DRUMS;
    if (next === DRUMS) next += 1;
    return next++;
  });
}

type Event = [tick: number, order: number, bytes: number[]];

export function toMidi(notes: Notes, click: boolean, loop: Loop | null): ArrayBuffer {
  const channels = channelsOf(notes);
  const tracks = [conductor(notes, loop), ...notes.tracks.map((_, place) => trackEvents(notes, place, channels[place]))];
  if (click) tracks.push(clicks(notes));
  const chunks = tracks.map((events) => trackChunk(events, notes.end_tick));
  const head = [...text("MThd"), ...int32(6), 0, 1, ...int16(chunks.length), ...int16(notes.tpq)];
  const size = head.length + chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const file = new Uint8Array(size);
  file.set(head);
  let at = head.length;
  for (const chunk of chunks) { file.set(chunk, at); at += chunk.length; }
  return file.buffer;
}

function conductor(notes: Notes, loop: Loop | null): Event[] {
  const events: Event[] = notes.tempos.map(({ tick, qpm }) => {
    const micros = Math.round(60e6 / qpm);
    return [tick, 0, [0xff, 0x51, 3, micros >> 16, (micros >> 8) & 255, micros & 255]];
  });
  if (loop) events.push([loop.from, 1, marker("loopStart")], [loop.to, 1, marker("loopEnd")]);
  return events;
}

function trackEvents(notes: Notes, place: number, channel: number): Event[] {
  const track = notes.tracks[place];
  const { onset_tick, duration_tick, pitch, velocity } = track.notes;
  const events: Event[] = [
    [0, 0, [0xc0 | channel, track.program]],
    [0, 0, [0xb0 | channel, 7, track.volume]],
    [0, 0, [0xb0 | channel, 10, track.pan]],
  ];
  for (const [tick, controller, value] of track.controls) events.push([tick, 1, [0xb0 | channel, controller, value]]);
  for (let i = 0; i < pitch.length; i++) {
    events.push([onset_tick[i], 3, [0x90 | channel, pitch[i], velocity[i]]]);
    events.push([onset_tick[i] + duration_tick[i], 2, [0x80 | channel, pitch[i], 64]]);
  }
  return events;
}

function clicks(notes: Notes): Event[] {
  const events: Event[] = [];
  notes.bars.forEach(({ tick, meter }, bar) => {
    const [beats, unit] = meter.split("/").map(Number);
    const step = (notes.tpq * 4) / unit;
    const end = notes.bars[bar + 1]?.tick ?? notes.end_tick;
    for (let beat = 0; beat < beats && tick + beat * step < end; beat++) {
      const key = beat === 0 ? CLICK_HIGH : CLICK_LOW;
      events.push([tick + beat * step, 3, [0x90 | DRUMS, key, beat === 0 ? 110 : 80]]);
      events.push([tick + beat * step + step / 4, 2, [0x80 | DRUMS, key, 64]]);
    }
  });
  return events;
}

function trackChunk(events: Event[], end: number): Uint8Array {
  events.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const body: number[] = [];
  let now = 0;
  for (const [tick, , bytes] of events) {
    variable(body, Math.max(0, Math.round(tick) - now));
    for (const byte of bytes) body.push(byte);
    now = Math.max(now, Math.round(tick));
  }
  variable(body, Math.max(0, end - now));
  body.push(0xff, 0x2f, 0);
  return new Uint8Array([...text("MTrk"), ...int32(body.length)].concat(body));
}

function variable(out: number[], value: number): void {
  const bytes = [value & 127];
  while ((value >>= 7)) bytes.unshift((value & 127) | 128);
  for (const byte of bytes) out.push(byte);
}

const marker = (words: string) => [0xff, 6, words.length, ...text(words)];
const text = (words: string) => [...words].map((sign) => sign.charCodeAt(0));
const int32 = (value: number) => [value >>> 24, (value >> 16) & 255, (value >> 8) & 255, value & 255];
const int16 = (value: number) => [(value >> 8) & 255, value & 255];
