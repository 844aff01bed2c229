import { ageWords } from "../age.ts";
import { inBoth, locale, t, word } from "../language.ts";
import type { Session } from "../session.ts";
import { mayShowPerson, step, type Verdict } from "../verdict.ts";
import { useFocus } from "./focus.ts";
import { Icon } from "./icon.tsx";
import { Person } from "./person.tsx";
import { Records } from "./records.tsx";
import { Revocation } from "./revocation.tsx";
import { Ring } from "./ring.tsx";
import { Rules } from "./rules.tsx";
import { Shape } from "./shape.tsx";
import { Steps } from "./steps.tsx";
import { ZoneForm } from "./zone-form.tsx";

interface Shown {
  session: Session;
  verdict: Verdict;
  again: number | undefined;
}

export function VerdictScreen({ session, verdict, again }: Shown) {
  const { view } = session.state.settings;
  const { report, outcome } = verdict;
  const certificate = mayShowPerson(verdict) ? (report?.certificate ?? undefined) : undefined;
  return (
    <section class={`verdict ${outcome} ${view}`}>
      {/* The answer has the focus first: whoever goes on by Tab comes to the ring, though it is drawn above. */}
      <Answer verdict={verdict} again={again} />
      <Ring session={session} />
      <div class="papers">
        {report !== undefined && view !== "kiosk" && <Rules report={report} step={step(report, "rules")} />}
        {certificate !== undefined && <Person holder={certificate.holder} full={view === "border"} />}
        {view === "border" && report !== undefined && session.canCompare && <ZoneForm session={session} report={report} />}
        {certificate !== undefined && (view === "counter" || view === "border") && <Records certificate={certificate} />}
        {report !== undefined && view !== "kiosk" && <Steps report={report} open={view === "border"} />}
      </div>
      <footer class="decide">
        {certificate !== undefined ? (
          <>
            <button type="button" class="same" onClick={() => session.person(true)}>
              <Icon name="yes" />
              {t("page.verdict.match")}
            </button>
            <button type="button" class="other" onClick={() => session.person(false)}>
              <Icon name="no" />
              {t("page.verdict.mismatch")}
            </button>
          </>
        ) : (
          <>
            {verdict.reason === "list-expired" && (
              <button type="button" onClick={() => session.open("lists")}>
                <Icon name="list" />
                {t("page.lists.title")}
              </button>
            )}
            {session.canAdd && (
              <button type="button" class="another" onClick={() => session.another()}>
                <Icon name="next" />
                {t("page.verdict.another")}
              </button>
            )}
            <button type="button" class="same" onClick={() => session.scan()}>
              <Icon name="next" />
              {t("page.verdict.next")}
            </button>
          </>
        )}
      </footer>
    </section>
  );
}

/** Old lists are the one thing to check that has a word of its own. */
function outcomeKey({ outcome, reason }: Verdict): string {
  return reason === "list-stale" ? "outcome.list-old" : `outcome.${outcome}`;
}

function Answer({ verdict, again }: { verdict: Verdict; again: number | undefined }) {
  const heading = useFocus<HTMLHeadingElement>();
  const { outcome, reason, report } = verdict;
  const said = (part: "title" | "action") => {
    const text = report?.[part];
    return (reason === null ? undefined : word(`reason.${reason}.${part}`)) ?? (text ? inBoth(text) : undefined);
  };
  const title = reason === null ? undefined : said("title");
  const action = reason === null ? undefined : said("action");
  return (
    <div class="answer" role="alert">
      <Shape name={outcome} />
      <h1 ref={heading} tabIndex={-1}>
        {word(outcomeKey(verdict)) ?? outcome}
      </h1>
      {title !== undefined && <p class="reason">{title}</p>}
      {report?.recognised !== undefined && <p>{word(`recognised.${report.recognised}`) ?? report.recognised}</p>}
      {action !== undefined && (
        <p class="action">
          <Icon name="next" />
          <span>
            <span class="unseen">{t("page.verdict.todo")}: </span>
            {action}
          </span>
        </p>
      )}
      {report !== undefined && <Revocation step={step(report, "status")} at={report.at} />}
      {report?.retrospective === true && <p>{t("page.verdict.retrospective")}</p>}
      {again !== undefined && <p class="again">{t("page.verdict.again", { age: ageWords(again, locale()) })}</p>}
    </div>
  );
}
