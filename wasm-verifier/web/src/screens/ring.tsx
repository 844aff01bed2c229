import { t } from "../language.ts";
import type { Session } from "../session.ts";

/** The way round, in the ring's own units. */
const ROUND = 2 * Math.PI * 26;

/** How long the result stays, to be seen and to be held. */
export function Ring({ session }: { session: Session }) {
  const { countdown } = session.state;
  if (countdown === undefined || countdown.whole === 0) return null;
  const left = countdown.left(performance.now());
  const seconds = Math.ceil(left / 1000);
  return (
    <button type="button" class="ring" aria-pressed={countdown.held} onClick={() => session.hold()}>
      <svg viewBox="0 0 60 60" aria-hidden="true" focusable="false">
        <circle class="track" cx="30" cy="30" r="26" />
        <circle class="left" cx="30" cy="30" r="26" stroke-dasharray={`${(ROUND * left) / countdown.whole} ${ROUND}`} />
        <text x="30" y="38" text-anchor="middle">
          {seconds}
        </text>
      </svg>
      <span>{countdown.held ? t("page.verdict.held") : t("page.verdict.hold")}</span>
      <span class="unseen">
        {countdown.held ? t("page.verdict.release") : t("page.verdict.clears", { seconds: Math.ceil(countdown.whole / 1000) })}
      </span>
    </button>
  );
}
