import { render } from "preact";
import { App } from "./screens/app.tsx";
import { listen } from "./inputs.ts";
import { stayOffline } from "./offline.ts";
import { Session } from "./session.ts";
import { follow } from "./world.ts";
import "./style/base.css";
import "./style/scan.css";
import "./style/verdict.css";
import "./style/panel.css";

interface InstallPrompt extends Event {
  prompt(): Promise<unknown>;
}

const root = document.getElementById("app");
if (root !== null) {
  // Drawn at once, not in a later turn: what is cleared on leaving must be gone before the page is.
  const session: Session = new Session(() => render(<App session={session} />, root));
  listen(session);
  follow(session);
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    session.offerInstall(() => {
      session.offerInstall(undefined);
      void (event as InstallPrompt).prompt();
    });
  });
  addEventListener("appinstalled", () => session.offerInstall(undefined));
  void session.start();
  void stayOffline((change) => session.offerVersion(change));
}
