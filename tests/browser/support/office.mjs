/** An office in a folder of its own: keys, a DEMO list, accounts, and its service. The real tools do all of it. */

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";

const bin = dirname(process.env.TEGATA_VERIFIER ?? "target/debug/tegata-verifier");
const PASSPHRASE = "three small boats at dawn\n";
const running = new Set();

/** Two people of one municipality, and one of another. */
const RESIDENTS = `個別宛名番号,氏名,カナ氏名,生年月日,性別,自治体コード
1001,髙橋　﨑子,タカハシ　サキコ,19800506,2,131016
1002,佐藤　誠,サトウ　マコト,19500102,1,131016
2001,鈴木　花,スズキ　ハナ,19700304,2,131024
`;
const HEAD = "resident_id,name,name_kana,name_romaji,birth_date,municipality_code,dose_no,vaccinated_on,maker,lot\n";
export const GOOD = `${HEAD}1001,髙橋　﨑子,タカハシ　サキコ,TAKAHASHI<<SAKIKO,1980-05-06,131016,1,2021-06-01,ファイザー,TX1013
1001,髙橋　﨑子,タカハシ　サキコ,TAKAHASHI<<SAKIKO,1980-05-06,131016,2,2021-06-22,ファイザー,TX1014
1002,佐藤　誠,サトウ　マコト,SATO<<MAKOTO,1950-01-02,131016,1,2021-06-30,ファイザー,TX1014
2001,鈴木　花,スズキ　ハナ,SUZUKI<<HANA,1970-03-04,131024,1,2021-06-02,ファイザー,TX1014
`;
/** A third dose five days after the second: somebody has to look. */
export const DOUBTFUL = `${HEAD}1001,髙橋　﨑子,タカハシ　サキコ,TAKAHASHI<<SAKIKO,1980-05-06,131016,3,2021-06-27,ファイザー,TX1014
`;
/** So many people more, none of whom sounds like another. */
export function crowd(people) {
  const kana = (number) => String(number).replace(/\d/g, (digit) => "アイウエオカキクケコ"[digit]);
  const row = (number) => `${number},田中　実,タナカ　${kana(number)},,1970-01-01,131016,1,2021-06-01,ファイザー,TX1013\n`;
  return HEAD + Array.from({ length: people }, (_, place) => row(100_000 + place)).join("");
}
/** The second person's day is none. */
export const FAULTY = GOOD.replace("2021-06-30", "2021-06-31");

export class Office {
  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), "tegata-office-"));
    writeFileSync(join(this.folder, "residents.csv"), RESIDENTS);
    mkdirSync(join(this.folder, "requests"));
    for (const [name, type] of [["office", "ed25519"], ["office-status", "ed25519"]]) {
      this.run("tegata-issuer", ["key", "new", name, "--type", type, "--demo"], PASSPHRASE);
    }
    this.run("tegata-trust", ["init", "--demo", "--repository-id", "DEMO/kakuu"], PASSPHRASE);
    const names = ["--name-ja", "架空市", "--name-en", "Kakuu City", "--country", "JP"];
    const keys = ["--key", "keys/office.json", "--format", "compact", "--status-key", "keys/office-status.json"];
    this.run("tegata-trust", ["add-issuer", ...names, ...keys]);
    this.run("tegata-trust", ["publish"], PASSPHRASE);
    this.run("tegata-trust", ["status", "publish"], PASSPHRASE);
    this.run("tegata-trust", ["bundle", "--out", "lists.cbor"]);
    this.root = createHash("sha256").update(readFileSync(join(this.folder, "trust/published/v1/root/1.cose"))).digest("hex");
    this.run("tegata-issuer", ["import", "--residents", "residents.csv"]);
    for (const [name, role] of [["hanako", "clerk"], ["jiro", "approver"], ["ume", "operator"], ["mari", "auditor"], ["ken", "admin"]]) {
      this.run("tegata-issuer", ["account", "add", name, "--role", role, "--station", "counter-1", "--demo"], "demo\n");
    }
    writeFileSync(
      join(this.folder, "office.toml"),
      `register = 'register.sqlite'\ntrust = 'lists.cbor'\nroot = '${this.root}'\n[keys]\nissuing = ['office']\nstatus = 'office-status'\n` +
        `[[station]]\nid = 'counter-1'\nname-ja = '市民課'\nname-en = 'Residents'\nmunicipalities = ['131016']\n`,
    );
    this.run("tegata-verifier", ["trust", "pin", this.root]);
  }

  /** Runs a tool; a passphrase goes in by a descriptor. */
  run(tool, args, passphrase, input) {
    const environment = { ...process.env, TEGATA_CONFIG_DIR: join(this.folder, "settings"), TEGATA_STATE_DIR: join(this.folder, "state") };
    const options = { cwd: this.folder, env: environment, encoding: "utf8", input: input ?? "" };
    if (passphrase === undefined) return execFileSync(join(bin, tool), args, { ...options, stdio: ["pipe", "pipe", "pipe"] });
    const file = join(this.folder, "passphrase");
    writeFileSync(file, passphrase, { mode: 0o600 });
    const line = `exec "$0" "$@" --passphrase-fd 3 3< passphrase`;
    return execFileSync("sh", ["-c", line, join(bin, tool), ...args], options);
  }

  /** Starts the service; gives its address. */
  async serve() {
    const line = `exec "$0" serve --office office.toml --listen 127.0.0.1:0 --passphrase-fd 3 3< passphrase`;
    writeFileSync(join(this.folder, "passphrase"), PASSPHRASE, { mode: 0o600 });
    this.process = spawn("sh", ["-c", line, join(bin, "tegata-issuer")], { cwd: this.folder, stdio: ["ignore", "pipe", "inherit"] });
    running.add(this);
    const lines = createInterface({ input: this.process.stdout });
    const [told] = await once(lines, "line");
    this.address = told.match(/http:\/\/[\d.:]+/)[0];
    return this.address;
  }

  /** What the status service and the verifier do every day. */
  publish() {
    this.run("tegata-trust", ["status", "publish", "--request", "requests"], PASSPHRASE);
  }

  /** The verdict on a text, with the newest lists. */
  verdict(text) {
    this.run("tegata-verifier", ["update", "--from", "trust/published"]);
    let told;
    try {
      told = this.run("tegata-verifier", ["verify", "--demo", "--json", "-"], undefined, text);
    } catch (error) {
      told = error.stdout;
    }
    return JSON.parse(told);
  }

  async stop() {
    if (this.process !== undefined && this.process.exitCode === null) {
      this.process.kill("SIGTERM");
      await once(this.process, "exit");
    }
    running.delete(this);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Ends whatever a test that failed left running. */
export const stopOffices = () => Promise.all([...running].map((office) => office.stop()));
