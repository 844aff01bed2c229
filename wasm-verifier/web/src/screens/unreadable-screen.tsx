import { t } from "../language.ts";
import type { Session } from "../session.ts";
import { useFocus } from "./focus.ts";
import { Icon } from "./icon.tsx";
import { Ring } from "./ring.tsx";
import { Shape } from "./shape.tsx";

/** A code that was held up and could not be read: a stop, so that nobody passes on silence. */
export function UnreadableScreen({ session }: { session: Session }) {
  const heading = useFocus<HTMLHeadingElement>();
  return (
    <section class="verdict not-checked unreadable">
      <div class="answer" role="alert">
        <Shape name="not-checked" />
        <h1 ref={heading} tabIndex={-1}>
          {t("page.unreadable.title")}
          <span>{t("page.unreadable.meaning")}</span>
        </h1>
        <p class="action">
          <Icon name="next" />
          {t("page.unreadable.action")}
        </p>
      </div>
      <Ring session={session} />
      <footer class="decide">
        <button type="button" class="same" onClick={() => session.scan()}>
          <Icon name="next" />
          {t("page.unreadable.again")}
        </button>
      </footer>
    </section>
  );
}
