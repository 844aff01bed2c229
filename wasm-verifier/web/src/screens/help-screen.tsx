import { useState } from "preact/hooks";
import { momentWords } from "../birth.ts";
import { wayOut } from "../browser.ts";
import { locale, t } from "../language.ts";
import { BLOCKING, type HelpKind } from "../screen.ts";
import type { Session } from "../session.ts";
import { Bar } from "./bar.tsx";
import { FileButton } from "./file-button.tsx";
import { useFocus } from "./focus.ts";
import { Shape } from "./shape.tsx";

/** Help that is about the camera: a desk with a scanner goes on without one. */
const OF_CAMERA: readonly HelpKind[] = ["camera-denied", "camera-taken", "no-camera", "insecure"];
/** Help that a file of lists puts right. */
const OF_LISTS: readonly HelpKind[] = ["no-lists", "lists-refused", "lists-expired", "storage-evicted"];

export function HelpScreen({ session, help, detail }: { session: Session; help: HelpKind; detail: string | undefined }) {
  const heading = useFocus<HTMLHeadingElement>();
  return (
    <section class="sheet help" role="alert">
      <Bar session={session} />
      <div class="card">
        <Shape name="not-checked" />
        <h1 ref={heading} tabIndex={-1}>
          {t(`page.help.${help}.title`)}
        </h1>
        <p>{t(`page.help.${help}.text`)}</p>
        <Detail help={help} detail={detail} />
        <div class="next">
          <h2>{t("page.help.next")}</h2>
          <p>{t(`page.help.${help}.step`)}</p>
        </div>
        <div class="actions">
          {help === "in-app" ? <WayOut /> : <Retry session={session} help={help} />}
          {OF_LISTS.includes(help) && (
            <FileButton take={([file]) => file && void session.loadLists(file)}>{t("page.lists.file")}</FileButton>
          )}
          {OF_CAMERA.includes(help) && (
            <button type="button" onClick={() => session.withoutCamera()}>
              {t("page.without-camera")}
            </button>
          )}
          {(help === "in-app" || help === "storage-full") && (
            <button type="button" onClick={() => session.scan()}>
              {t("page.continue")}
            </button>
          )}
        </div>
      </div>
    </section>
  );
}

function Retry({ session, help }: { session: Session; help: HelpKind }) {
  // An update in the background puts no camera right.
  const updating = session.state.updating && !OF_CAMERA.includes(help);
  const words = help === "failed" ? t("page.reload") : BLOCKING.has(help) ? t("page.retry") : t("page.unreadable.again");
  return (
    <button type="button" class="primary" aria-disabled={updating} onClick={() => session.retry()}>
      {updating ? t("page.chip.updating") : words}
    </button>
  );
}

/** What tells two cases of the same card apart, for whoever is called. */
function Detail({ help, detail }: { help: HelpKind; detail: string | undefined }) {
  if (help === "clock") return <p class="detail">{t("page.help.clock.now", { date: momentWords(new Date().toISOString(), locale()) })}</p>;
  if (detail === undefined) return null;
  if (help !== "other-root") return <p class="detail">{detail}</p>;
  const [held = "", found = ""] = detail.split(" ");
  return <p class="detail">{t("page.help.other-root.ids", { held, found })}</p>;
}

function WayOut() {
  const [copied, setCopied] = useState(false);
  const page = new URL(location.href);
  const out = wayOut(navigator.userAgent, page);
  const copy = () => void navigator.clipboard?.writeText(`${page.origin}${page.pathname}`).then(() => setCopied(true), () => undefined);
  return (
    <>
      {out !== undefined && (
        <a class="button primary" href={out}>
          {t("page.help.in-app.open")}
        </a>
      )}
      <button type="button" onClick={copy}>
        {copied ? t("page.help.in-app.copied") : t("page.help.in-app.copy")}
      </button>
    </>
  );
}
