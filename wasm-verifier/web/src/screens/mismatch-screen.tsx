import { t, word } from "../language.ts";
import type { Session } from "../session.ts";
import { useFocus } from "./focus.ts";
import { Icon } from "./icon.tsx";
import { Ring } from "./ring.tsx";
import { Shape } from "./shape.tsx";

/** A genuine certificate in the hands of another person. */
export function MismatchScreen({ session }: { session: Session }) {
  const heading = useFocus<HTMLHeadingElement>();
  return (
    <section class="verdict not-valid">
      <div class="answer" role="alert">
        <Shape name="not-valid" />
        <h1 ref={heading} tabIndex={-1}>
          {word("outcome.not-valid")}
        </h1>
        <p class="reason">{t("page.mismatch.title")}</p>
        <p class="action">
          <Icon name="next" />
          {t("page.mismatch.action")}
        </p>
      </div>
      <Ring session={session} />
      <footer class="decide">
        <button type="button" class="same" onClick={() => session.scan()}>
          <Icon name="next" />
          {t("page.verdict.next")}
        </button>
      </footer>
    </section>
  );
}
