// What several views have in common.
import * as store from "./store";

/** A button that opens a file; the field itself is there for keys and screen readers. */
export function FileButton({ label, kinds }: { label: string; kinds: string }) {
  return (
    <label class="button file">{label}
      <input class="hidden" type="file" accept={kinds} onChange={(event) => {
        const file = event.currentTarget.files?.[0];
        if (file) void store.importFile(file);
        event.currentTarget.value = "";
      }} />
    </label>
  );
}
