import type { Report } from "@tegata/verifier";
import { useRef } from "preact/hooks";
import { t, word } from "../language.ts";
import type { Session } from "../session.ts";
import { step } from "../verdict.ts";

/** The travel document shown, typed or scanned, against the certificate. */
export function ZoneForm({ session, report }: { session: Session; report: Report }) {
  const field = useRef<HTMLTextAreaElement>(null);
  const holder = step(report, "holder");
  return (
    <section class="record zone">
      <h2>{t("page.mrz.title")}</h2>
      {holder?.binding !== undefined && (
        <p class={`binding ${holder.binding}`} role="status" data-binding={holder.binding}>
          {word(`binding.${holder.binding}`) ?? holder.binding}
        </p>
      )}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const zone = field.current?.value.trim().toUpperCase() ?? "";
          if (field.current !== null) field.current.value = "";
          if (zone !== "") session.compare(zone);
        }}
      >
        <label>
          <span>{t("page.mrz.label")}</span>
          <textarea
            ref={field}
            rows={3}
            spellcheck={false}
            autocomplete="off"
            autocapitalize="characters"
            aria-describedby="zone-hint"
          />
        </label>
        <p id="zone-hint">{t("page.mrz.hint")}</p>
        {session.state.zoneUnread && (
          <p class="warning" role="alert">
            {t("page.mrz.unread")}
          </p>
        )}
        <button type="submit">{t("page.mrz.check")}</button>
      </form>
    </section>
  );
}
