import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** Moves the focus to the heading of a screen that has come, and the screen to its top: there everybody begins. */
export function useFocus<T extends HTMLElement>(): RefObject<T | null> {
  const ref = useRef<T>(null);
  useEffect(() => {
    scrollTo(0, 0);
    ref.current?.focus({ preventScroll: true });
  }, []);
  return ref;
}
