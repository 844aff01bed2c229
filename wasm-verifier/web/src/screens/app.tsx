import { reasonOf, stateOf } from "../screen.ts";
import type { Session } from "../session.ts";
import { t } from "../language.ts";
import { HelpScreen } from "./help-screen.tsx";
import { ListsPanel } from "./lists-panel.tsx";
import { MismatchScreen } from "./mismatch-screen.tsx";
import { ScanScreen } from "./scan-screen.tsx";
import { SettingsPanel } from "./settings-panel.tsx";
import { StartScreen } from "./start-screen.tsx";
import { TextPanel } from "./text-panel.tsx";
import { UnreadableScreen } from "./unreadable-screen.tsx";
import { VerdictScreen } from "./verdict-screen.tsx";

export function App({ session }: { session: Session }) {
  const { screen, panel, settings, demo } = session.state;
  return (
    <div class={demo ? "page demo" : "page"}>
      <main
        data-state={stateOf(screen)}
        data-reason={reasonOf(screen)}
        data-view={settings.view}
        aria-busy={screen.name === "loading"}
      >
        <Shown session={session} />
      </main>
      {panel === "settings" && <SettingsPanel session={session} />}
      {panel === "lists" && <ListsPanel session={session} />}
      {panel === "text" && <TextPanel session={session} />}
      {demo && (
        <aside class="demo-frame" aria-label={`DEMO: ${t("page.demo")}`}>
          <span>DEMO</span>
        </aside>
      )}
    </div>
  );
}

function Shown({ session }: { session: Session }) {
  const { screen } = session.state;
  switch (screen.name) {
    case "loading":
      return <p class="loading">{t("page.scan.loading")}</p>;
    case "start":
      return <StartScreen session={session} />;
    case "scan":
      return <ScanScreen session={session} />;
    case "verdict":
      return <VerdictScreen key={screen.serial} session={session} verdict={screen.verdict} again={screen.again} />;
    case "mismatch":
      return <MismatchScreen session={session} />;
    case "unreadable":
      return <UnreadableScreen session={session} />;
    case "help":
      return <HelpScreen key={screen.help} session={session} help={screen.help} detail={screen.detail} />;
  }
}
