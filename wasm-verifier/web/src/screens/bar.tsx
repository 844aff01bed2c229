import { t } from "../language.ts";
import type { Session } from "../session.ts";
import { Chip } from "./chip.tsx";
import { Icon } from "./icon.tsx";

/** How old the lists are, and the way to the settings. */
export function Bar({ session }: { session: Session }) {
  return (
    <header class="bar">
      <Chip session={session} />
      <button type="button" class="tool" onClick={() => session.open("settings")}>
        <Icon name="settings" />
        <span>{t("page.scan.settings")}</span>
      </button>
    </header>
  );
}
