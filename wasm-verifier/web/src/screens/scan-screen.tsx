import { useEffect, useRef } from "preact/hooks";
import { t } from "../language.ts";
import type { Session } from "../session.ts";
import { Bar } from "./bar.tsx";
import { FileButton } from "./file-button.tsx";
import { useFocus } from "./focus.ts";
import { Icon } from "./icon.tsx";

export function ScanScreen({ session }: { session: Session }) {
  const { settings, camera, newVersion } = session.state;
  const heading = useFocus<HTMLHeadingElement>();
  const withCamera = settings.camera !== "none";
  return (
    <section class="scan">
      <h1 ref={heading} tabIndex={-1} class="unseen">
        {t("page.scan.title")}
      </h1>
      {withCamera ? <Viewfinder session={session} /> : <NoCamera session={session} />}
      <Bar session={session} />
      <Hint session={session} />
      <footer class="bar tools">
        {newVersion !== undefined && (
          <button type="button" class="tool wide" onClick={newVersion}>
            <span>
              {t("page.new-version")} · {t("page.new-version.use")}
            </span>
          </button>
        )}
        {camera.canLight && (
          <button type="button" class="tool" aria-pressed={camera.light} onClick={() => void session.light()}>
            <Icon name="light" />
            <span>{t("page.scan.torch")}</span>
          </button>
        )}
        {camera.choices.length > 1 && withCamera && (
          <button type="button" class="tool" onClick={() => session.nextCamera()}>
            <Icon name="camera" />
            <span>{t("page.scan.switch")}</span>
          </button>
        )}
        <FileButton class="tool" accept="image/*" multiple take={(files) => void session.pictures(files)}>
          <Icon name="picture" />
          <span>{t("page.scan.picture")}</span>
        </FileButton>
        <button type="button" class="tool" onClick={() => session.open("text")}>
          <Icon name="text" />
          <span>{t("page.scan.text")}</span>
        </button>
      </footer>
    </section>
  );
}

function Viewfinder({ session }: { session: Session }) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    session.attach(video.current);
    return () => session.attach(null);
  }, []);
  const mirrored = session.state.settings.view === "kiosk";
  return (
    <>
      {/* It shows what is in front of the camera: there is nothing to caption. */}
      <video ref={video} class={mirrored ? "mirrored" : ""} muted playsInline autoPlay aria-hidden="true" tabIndex={-1} />
      <div class="guide" aria-hidden="true" />
    </>
  );
}

function NoCamera({ session }: { session: Session }) {
  return (
    <div class="no-camera">
      <Icon name="scanner" />
      <p>{t("page.scan.without-camera")}</p>
      <button type="button" onClick={() => session.change({ camera: "auto" })}>
        {t("page.scan.camera-on")}
      </button>
    </div>
  );
}

/** One line of what goes on. Tips and progress are told to readers too, the plain hint is not repeated. */
function Hint({ session }: { session: Session }) {
  const { tips, chunks, reading, cleared, camera, settings, info } = session.state;
  const plain = settings.view === "kiosk" ? t("page.scan.kiosk") : t("page.scan.hint");
  const waits = info === undefined ? t("page.scan.loading") : undefined;
  const idle = waits ?? (settings.camera === "none" ? "" : camera.on ? plain : t("page.scan.starting"));
  return (
    <div class="hint" role="status">
      {tips ? (
        <div class="tips">
          <strong>{t("page.tips.title")}</strong>
          <ul>
            <li>{t("page.tips.distance")}</li>
            <li>{t("page.tips.flat")}</li>
            <li>{t("page.tips.light")}</li>
            <li>{t("page.tips.screen")}</li>
          </ul>
        </div>
      ) : chunks !== undefined ? (
        <div class="tips">
          <strong>{t("page.scan.chunks", chunks)}</strong>
          <button type="button" onClick={() => session.restartCards()}>
            {t("page.scan.chunks-restart")}
          </button>
        </div>
      ) : (
        <p>{reading ? t("page.scan.reading") : cleared ? t("page.scan.cleared") : idle}</p>
      )}
    </div>
  );
}
