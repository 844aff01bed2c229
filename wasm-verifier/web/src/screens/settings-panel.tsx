import { useState } from "preact/hooks";
import { dayWords } from "../birth.ts";
import { localDay, now } from "../clock.ts";
import { COUNTED, type Counted, type Counts } from "../counts.ts";
import { inBoth, locale, t, word } from "../language.ts";
import type { Session } from "../session.ts";
import { CLEAR_MAX, CLEAR_MIN, clearSeconds, FIRST, VIEWS } from "../settings.ts";
import { Install } from "./install.tsx";
import { Panel } from "./panel.tsx";
import { LanguageChoice } from "./start-screen.tsx";

/** The name of the script holds its digest: whoever reads it out has named the release. */
const VERSION = /-([\w-]{6,})\.js$/.exec(new URL(import.meta.url).pathname)?.[1] ?? "dev";

export function SettingsPanel({ session }: { session: Session }) {
  const { settings, camera } = session.state;
  return (
    <Panel session={session} title={t("page.settings.title")}>
      <LanguageChoice session={session} />
      <fieldset>
        <legend>{t("page.settings.view")}</legend>
        {VIEWS.map((view) => (
          <label key={view} class="option">
            <input type="radio" name="view" checked={settings.view === view} onChange={() => session.change({ view })} />
            <span>
              <strong>{t(`page.view.${view}`)}</strong>
              <small>{t(`page.view.${view}.hint`)}</small>
            </span>
          </label>
        ))}
      </fieldset>
      <Purpose session={session} />
      <Clear session={session} />
      <label class="option">
        <input type="checkbox" checked={settings.sound} onChange={(event) => session.change({ sound: event.currentTarget.checked })} />
        <span>{t("page.settings.sound")}</span>
      </label>
      <label class="choice">
        <span>{t("page.settings.camera")}</span>
        <select value={settings.camera} onChange={(event) => session.change({ camera: event.currentTarget.value })}>
          <option value="auto">{t("page.settings.camera.auto")}</option>
          {camera.choices.map(({ id, label }, at) => (
            <option key={id} value={id}>
              {label || t("page.settings.camera.number", { number: at + 1 })}
            </option>
          ))}
          <option value="none">{t("page.settings.camera.none")}</option>
        </select>
      </label>
      <CountsTable session={session} counts={session.state.counts} />
      <Install session={session} />
      <Reset session={session} />
      <p class="fine">
        {t("page.settings.version")} {VERSION}
      </p>
    </Panel>
  );
}

/** What certificates are to be enough for. One that the lists no longer have stays chosen: it is never dropped in silence. */
function Purpose({ session }: { session: Session }) {
  const { purpose } = session.state.settings;
  const sets = session.state.info?.rules?.sets ?? [];
  if (sets.length === 0 && purpose === undefined) return null;
  return (
    <label class="choice">
      <span>{t("page.settings.purpose")}</span>
      <select
        name="purpose"
        value={purpose ?? ""}
        onChange={(event) => session.change({ purpose: event.currentTarget.value || undefined })}
      >
        <option value="">{t("page.settings.purpose.none")}</option>
        {purpose !== undefined && !sets.some(({ id }) => id === purpose) && <option value={purpose}>{purpose}</option>}
        {sets.map(({ id, name }) => (
          <option key={id} value={id}>
            {inBoth(name)}
          </option>
        ))}
      </select>
    </label>
  );
}

function Clear({ session }: { session: Session }) {
  const { clear } = session.state.settings;
  return (
    <fieldset>
      <legend>{t("page.settings.clear")}</legend>
      <label class="choice">
        <input
          type="number"
          min={CLEAR_MIN}
          max={CLEAR_MAX}
          step={5}
          disabled={clear === 0}
          value={clear === 0 ? FIRST.clear : clear}
          onChange={(event) => {
            const seconds = clearSeconds(event.currentTarget.valueAsNumber || FIRST.clear);
            event.currentTarget.value = String(seconds);
            session.change({ clear: seconds });
          }}
        />
        <span>{t("page.settings.seconds")}</span>
      </label>
      <label class="option">
        <input
          type="checkbox"
          checked={clear === 0}
          onChange={(event) => session.change({ clear: event.currentTarget.checked ? 0 : FIRST.clear })}
        />
        <span>{t("page.settings.clear-off")}</span>
      </label>
    </fieldset>
  );
}

const kindWords = (kind: Counted) =>
  kind === "unreadable" || kind === "mismatch" ? t(`page.counts.${kind}`) : (word(`outcome.${kind}`) ?? kind);

function CountsTable({ session, counts }: { session: Session; counts: Counts }) {
  const today = localDay(now());
  const days = Object.keys(counts).sort().reverse();
  return (
    <section class="counts" aria-labelledby="counts-title">
      <h3 id="counts-title">{t("page.counts.title")}</h3>
      {days.length === 0 && <p>{t("page.counts.none")}</p>}
      {days.map((day) => (
        <details key={day} open={day === today}>
          <summary>{day === today ? t("page.counts.today") : dayWords(day, locale())}</summary>
          <dl class="facts">
            {COUNTED.filter((kind) => (counts[day]?.[kind] ?? 0) > 0).map((kind) => (
              <div key={kind}>
                <dt>{kindWords(kind)}</dt>
                <dd data-count={kind}>{counts[day]?.[kind]}</dd>
              </div>
            ))}
          </dl>
        </details>
      ))}
      <p class="fine">{t("page.counts.once")}</p>
      {days.length > 0 && (
        <button type="button" onClick={() => session.resetCounts()}>
          {t("page.counts.reset")}
        </button>
      )}
    </section>
  );
}

/** Asked twice: it also forgets which root was trusted first. */
function Reset({ session }: { session: Session }) {
  const [asked, setAsked] = useState(false);
  return (
    <section class="reset">
      <p class="fine">{t("page.settings.reset-hint")}</p>
      <button type="button" onClick={() => (asked ? void session.reset() : setAsked(true))}>
        {asked ? t("page.settings.reset-sure") : t("page.settings.reset")}
      </button>
    </section>
  );
}
