import { LANGUAGES, available, language, t, type Language } from "../language.ts";
import type { Session } from "../session.ts";
import { useFocus } from "./focus.ts";
import { Icon } from "./icon.tsx";
import { Install } from "./install.tsx";

export function StartScreen({ session }: { session: Session }) {
  const heading = useFocus<HTMLHeadingElement>();
  return (
    <section class="sheet start">
      <LanguageChoice session={session} />
      <h1 ref={heading} tabIndex={-1}>
        {t("page.start.title")}
      </h1>
      <ul class="promises">
        <li>
          <Icon name="shield" />
          {t("page.start.checks")}
        </li>
        <li>
          <Icon name="lock" />
          {t("page.start.keeps")}
        </li>
        <li>
          <Icon name="person" />
          {t("page.start.compare")}
        </li>
      </ul>
      <button type="button" class="primary" onClick={() => session.begin()}>
        {t("page.start.go")}
      </button>
      <Install session={session} />
    </section>
  );
}

export function LanguageChoice({ session }: { session: Session }) {
  return (
    <label class="choice">
      <span>{t("page.settings.language")}</span>
      <select
        value={language()}
        onChange={(event) => void session.speak(event.currentTarget.value as Language)}
      >
        {available.map((each) => (
          <option key={each} value={each} lang={LANGUAGES[each].locale}>
            {LANGUAGES[each].name}
          </option>
        ))}
      </select>
    </label>
  );
}
