import { isIos, isStandalone } from "../browser.ts";
import { t } from "../language.ts";
import type { Session } from "../session.ts";

/** The way to the home screen; nothing where it is there already, or where the browser has none. */
export function Install({ session }: { session: Session }) {
  const { install } = session.state;
  if (isStandalone()) return null;
  if (install !== undefined) {
    return (
      <div class="install">
        <button type="button" onClick={install}>
          {t("page.install")}
        </button>
        <p>{t("page.install.why")}</p>
      </div>
    );
  }
  if (!isIos(navigator.userAgent, navigator.maxTouchPoints)) return null;
  return (
    <details class="install">
      <summary>{t("page.install")}</summary>
      <p>{t("page.install.ios")}</p>
    </details>
  );
}
