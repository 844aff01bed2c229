/** Codes that come by keyboard, clipboard and mouse, wherever on the page the focus is. */

import type { Session } from "./session.ts";
import { unlockSound } from "./signal.ts";
import { PAUSE, readText, Wedge } from "./wedge.ts";

/** Where people type: a scanner there types into the field. */
const FIELDS = "textarea, select, input:not([type=radio], [type=checkbox], [type=file])";

export function listen(session: Session): void {
  const wedge = new Wedge();
  let pause = 0;

  const onKey = (event: KeyboardEvent) => {
    if (event.key === "Escape" && session.state.panel === undefined) session.clear();
    if (isField(event.target)) return;
    // When the key was pressed, not when a busy page came to it: or one scan would fall into two.
    const { mine, typed } = wedge.press(event, event.timeStamp);
    if (mine) {
      // A blank inside a code must not press the button that has the focus.
      event.preventDefault();
      event.stopPropagation();
    }
    clearTimeout(pause);
    if (typed !== undefined) void session.typed(typed);
    else if (wedge.running) {
      const end = () => {
        const ended = wedge.end();
        if (ended !== undefined) void session.typed(ended);
      };
      // One more turn: keys that wait behind a busy page come first.
      pause = window.setTimeout(() => (pause = window.setTimeout(end)), PAUSE);
    }
  };
  addEventListener("keydown", onKey, { capture: true });
  // A page that was opened before goes straight to scanning: its first tap or key unlocks sound.
  for (const gesture of ["click", "keydown"]) addEventListener(gesture, unlockSound, { once: true, capture: true });
  addEventListener(
    "keyup",
    (event) => {
      if (wedge.running && event.key === " ") event.preventDefault();
    },
    { capture: true },
  );
  addEventListener("compositionstart", (event) => {
    if (!isField(event.target)) void session.typed({ trouble: "ime" });
  });

  addEventListener("paste", (event) => {
    if (isField(event.target)) return;
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length > 0) return void session.pictures(files);
    const text = withoutLineEnd(event.clipboardData?.getData("text/plain") ?? "");
    if (text !== "") void session.typed(readText(text));
  });

  // Without this, a picture that is dropped takes the page's place.
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    event.preventDefault();
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length > 0) void session.pictures(files);
  });
}

/** Line ends are the clipboard's; blanks are the code's. */
export function withoutLineEnd(text: string): string {
  return text.replace(/^[\r\n]+|[\r\n]+$/g, "");
}

function isField(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches(FIELDS);
}
