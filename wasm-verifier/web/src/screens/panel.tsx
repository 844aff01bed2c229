import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../language.ts";
import type { Session } from "../session.ts";
import { Icon } from "./icon.tsx";

/** A dialog over the page: the browser keeps the focus in it, and Escape closes it. */
export function Panel({ session, title, children }: { session: Session; title: string; children: ComponentChildren }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => shown?.close();
  }, []);
  return (
    <dialog ref={dialog} class={session.state.demo ? "panel demo" : "panel"} aria-labelledby="panel-title" onClose={() => session.open(undefined)}>
      <header>
        <h2 id="panel-title">{title}</h2>
        <button type="button" class="close" onClick={() => session.open(undefined)}>
          <Icon name="close" />
          {t("page.close")}
        </button>
      </header>
      {children}
    </dialog>
  );
}
