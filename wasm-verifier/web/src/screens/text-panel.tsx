import { useRef } from "preact/hooks";
import { withoutLineEnd } from "../inputs.ts";
import { t } from "../language.ts";
import type { Session } from "../session.ts";
import { readText } from "../wedge.ts";
import { Panel } from "./panel.tsx";

/** For codes that come as a text: pasted, or typed by a scanner into the field. */
export function TextPanel({ session }: { session: Session }) {
  const field = useRef<HTMLTextAreaElement>(null);
  const check = () => {
    const text = withoutLineEnd(field.current?.value ?? "");
    if (text === "") return;
    if (field.current !== null) field.current.value = "";
    session.open(undefined);
    void session.typed(readText(text));
  };
  return (
    <Panel session={session} title={t("page.text.title")}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          check();
        }}
      >
        <label>
          <span>{t("page.text.label")}</span>
          <textarea
            ref={field}
            rows={6}
            spellcheck={false}
            autocomplete="off"
            autocapitalize="off"
            aria-describedby="text-hint"
            onKeyDown={(event) => {
              // A scanner ends with Enter; no code has line ends.
              if (event.key === "Enter" && !event.isComposing) {
                event.preventDefault();
                check();
              }
            }}
          />
        </label>
        <p id="text-hint">{t("page.text.hint")}</p>
        <button type="submit" class="primary">
          {t("page.text.check")}
        </button>
      </form>
    </Panel>
  );
}
