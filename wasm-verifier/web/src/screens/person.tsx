import type { Report } from "@tegata/verifier";
import { dayWords, eraWords } from "../birth.ts";
import { locale, t, type Key } from "../language.ts";
import { mixesScripts, pieces, spelled } from "../name.ts";

type Holder = NonNullable<Report["certificate"]>["holder"];

/** Who the certificate is about: only ever built for a certificate that is valid. */
export function Person({ holder, full }: { holder: Holder; full: boolean }) {
  const { romanised, registered, kana, birth } = holder;
  const latin = romanised && [romanised.family, romanised.given].map(spelled).filter(Boolean).join(" ");
  const born = dayWords(birth, locale());
  const era = eraWords(birth, locale());
  return (
    <section class="person" aria-label={t("page.person.title")}>
      <h2>{t("page.verdict.compare")}</h2>
      <dl>
        {/* The form of passports first: its letters cannot look like others. */}
        {latin ? <Name label="page.person.romanised" text={latin} lang="en" /> : null}
        {registered !== undefined && <Name label="page.person.registered" text={registered} lang="ja" />}
        {kana !== undefined && <Name label="page.person.kana" text={kana} lang="ja" />}
        {!latin && registered === undefined && kana === undefined && (
          <div>
            <dt>{t("page.person.registered")}</dt>
            <dd>{t("page.person.no-name")}</dd>
          </div>
        )}
        <div>
          <dt>{t("page.person.birth")}</dt>
          <dd class="birth">
            {born ?? t("page.person.birth-unknown")}
            {era !== undefined && <span class="era">{era}</span>}
          </dd>
        </div>
      </dl>
      {full && <More holder={holder} />}
    </section>
  );
}

function Name({ label, text, lang }: { label: Key; text: string; lang: string }) {
  const parts = pieces(text);
  const hidden = parts.some((part) => "hidden" in part);
  return (
    <div>
      <dt>{t(label)}</dt>
      {/* The glyphs of a name are those of its own language, whatever the page speaks. */}
      <dd class="name" lang={lang}>
        <Foreign text={text} />
      </dd>
      {mixesScripts(text) && <dd class="warning">{t("page.person.mixed")}</dd>}
      {hidden && <dd class="warning">{t("page.person.hidden")}</dd>}
    </div>
  );
}

/** A text that a stranger wrote: kept apart from the direction of the page, invisible characters shown. */
export function Foreign({ text }: { text: string }) {
  return (
    <bdi>
      {pieces(text).map((part, at) =>
        "hidden" in part ? (
          <span key={at} class="hidden-character">
            {part.hidden}
          </span>
        ) : (
          part.text
        ),
      )}
    </bdi>
  );
}

/** What an officer compares beyond name and birth date. */
function More({ holder }: { holder: Holder }) {
  const { document, nationality, sex, guardian } = holder;
  return (
    <dl class="facts">
      {document !== undefined && <Fact label={`page.person.document.${document.kind}`} text={document.number} />}
      {nationality !== undefined && <Fact label="page.person.nationality" text={nationality} />}
      {sex !== undefined && <Fact label="page.person.sex" text={t(`page.person.sex.${sex}`)} />}
      {guardian !== undefined && <Fact label="page.person.guardian" text={guardian} />}
    </dl>
  );
}

/** One line of a list of facts; nothing where there is no text. */
export function Fact({ label, text }: { label: Key; text: string | undefined }) {
  if (text === undefined || text === "") return null;
  return (
    <div>
      <dt>{t(label)}</dt>
      <dd>
        <Foreign text={text} />
      </dd>
    </div>
  );
}
