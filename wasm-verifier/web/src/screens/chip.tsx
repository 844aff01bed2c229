import { ageWords, secondsSince } from "../age.ts";
import { now } from "../clock.ts";
import { locale, t } from "../language.ts";
import type { Session } from "../session.ts";
import { Shape, type ShapeName } from "./shape.tsx";

const SHAPES: Readonly<Record<string, ShapeName>> = {
  fresh: "valid",
  stale: "valid-check",
  expired: "not-valid",
  none: "not-checked",
};

/** How old the lists are, by what is signed in them; leads to the panel that says more. */
export function Chip({ session }: { session: Session }) {
  const { info, updating } = session.state;
  const state = info?.freshness ?? "none";
  const age = info === undefined ? "" : ageWords(secondsSince(info.head.issued_at, now()), locale());
  return (
    <button type="button" class={`chip ${state}`} data-freshness={state} onClick={() => session.open("lists")}>
      <Shape name={SHAPES[state] ?? "not-checked"} />
      <span>
        {t(`page.chip.${state}`, { age })}
        {updating && info === undefined && ` · ${t("page.chip.updating")}`}
      </span>
    </button>
  );
}
