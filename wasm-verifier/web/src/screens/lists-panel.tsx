import type { TrustInfo } from "@tegata/verifier";
import { ageWords } from "../age.ts";
import { dayWords } from "../birth.ts";
import { locale, t } from "../language.ts";
import type { Session } from "../session.ts";
import type { UpdateAnswer } from "../trust.ts";
import { FileButton } from "./file-button.tsx";
import { Panel } from "./panel.tsx";
import { Shape } from "./shape.tsx";

/** How old each list is, and the two ways to newer ones: the network and a file. */
export function ListsPanel({ session }: { session: Session }) {
  const { info, kept, updating, updated, demo } = session.state;
  return (
    <Panel session={session} title={t("page.lists.title")}>
      {demo && <p class="demo-note">DEMO: {t("page.demo")}</p>}
      {info === undefined ? <p>{t("page.chip.none")}</p> : <Lists info={info} />}
      {info !== undefined && <p>{t(keptWords[kept])}</p>}
      <div class="actions">
        <button type="button" class="primary" aria-disabled={updating} onClick={() => void session.update()}>
          {updating ? t("page.chip.updating") : t("page.lists.update")}
        </button>
        <FileButton take={([file]) => file && void session.loadLists(file)}>{t("page.lists.file")}</FileButton>
      </div>
      <p role="status" class="updated">
        {updated !== undefined && answerWords(updated)}
      </p>
      <p class="fine">{t("page.lists.file-hint")}</p>
    </Panel>
  );
}

const keptWords = {
  kept: "page.lists.kept",
  weakly: "page.lists.kept-weakly",
  not: "page.lists.kept-not",
} as const;

function answerWords(answer: UpdateAnswer): string {
  switch (answer.kind) {
    case "changed":
      return t("page.lists.update-done");
    case "same":
      return t("page.lists.update-same");
    case "offline":
      return t("page.lists.update-offline");
    case "failed":
      // A code, the same in every language: what whoever is called looks up.
      return t("page.lists.update-failed", { why: [answer.failure.code, answer.failure.detail].filter(Boolean).join(" ") });
  }
}

const SHAPES = { fresh: "valid", stale: "valid-check", expired: "not-valid" } as const;

function Lists({ info }: { info: TrustInfo }) {
  const row = ({ version, age, expires_at }: TrustInfo["head"]) =>
    t("page.lists.row", {
      version,
      age: ageWords(age, locale()),
      until: dayWords(expires_at.slice(0, 10), locale()) ?? expires_at,
    });
  return (
    <>
      <p class={`freshness ${info.freshness}`}>
        <Shape name={SHAPES[info.freshness]} />
        {t(`page.lists.state.${info.freshness}`)}
      </p>
      <dl class="facts">
        <div>
          <dt>{t("page.lists.keys")}</dt>
          <dd>
            {row(info.trust)}
            <br />
            {t("page.lists.contents", { issuers: info.issuers.length, keys: info.keys })}
          </dd>
        </div>
        {info.status.map((status) => (
          <div key={status.shard}>
            <dt>{`${t("page.lists.status")} ${status.shard}`}</dt>
            <dd>{row(status)}</dd>
          </div>
        ))}
        {info.withdrawals.map((list) => (
          <div key={`w${list.list}`}>
            <dt>{`${t("page.lists.withdrawals")} ${list.list}`}</dt>
            <dd>{row(list)}</dd>
          </div>
        ))}
        {info.rules !== undefined && (
          <div>
            <dt>{t("page.lists.rules")}</dt>
            <dd>{row(info.rules)}</dd>
          </div>
        )}
        <div>
          <dt>{t("page.lists.head")}</dt>
          <dd>{row(info.head)}</dd>
        </div>
        <div>
          <dt>{t("page.lists.root")}</dt>
          <dd>{row(info.root)}</dd>
        </div>
        <div>
          <dt>{t("page.lists.repository")}</dt>
          <dd>{info.repository}</dd>
        </div>
      </dl>
      <p class="fine">{t("page.lists.why")}</p>
    </>
  );
}
