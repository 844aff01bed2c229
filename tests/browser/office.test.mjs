/** The office's counter in a real browser: a clerk's day, the second person, and that everybody can use it. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch, PATIENCE, quitAll } from "./support/browser.mjs";
import { crowd, DOUBTFUL, FAULTY, GOOD, Office, stopOffices } from "./support/office.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const pictures = process.env.TEGATA_OFFICE_PICTURES;

let browser, office, address;
before(async () => {
  office = new Office();
  [browser, address] = await Promise.all([launch({ camera: "none" }), office.serve()]);
});
after(async () => {
  await quitAll();
  await stopOffices();
});

/** Signs somebody in, without scripts of the page's own: there are none. */
async function signIn(name, language = "ja-JP") {
  const context = await browser.newContext({ locale: language, viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  page.foreign = [];
  context.on("request", (request) => {
    if (!request.url().startsWith(address) && !request.url().startsWith("data:")) page.foreign.push(request.url());
  });
  await page.goto(`${address}/`);
  await page.fill("#account", name);
  await page.fill("#password", "demo");
  await page.click("form.narrow button.main");
  await page.waitForSelector("header .who");
  return page;
}

let shots = 0;
/** Looks at a page as a screen reader and a finger would, and takes its picture if that is wished for. */
async function look(page, name) {
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const { violations } = await globalThis.axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] });
    return violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`);
  });
  assert.deepEqual(found, [], `axe on ${name}`);
  assert.deepEqual(page.foreign, [], `${name} asks nobody else`);
  if (pictures !== undefined) {
    mkdirSync(pictures, { recursive: true });
    await page.screenshot({ path: join(pictures, `${String((shots += 1)).padStart(2, "0")}-${name}.png`), fullPage: true });
  }
}

const button = (page, text) => page.getByRole("button", { name: text });

async function find(page, kana, birth, purpose = "issue") {
  await page.goto(`${address}/`);
  await page.check(`input[name=purpose][value=${purpose}]`);
  await page.fill("#kana", kana);
  await page.fill("#birth", birth);
  await button(page, "検索").click();
}

async function upload(page, name, text) {
  await page.goto(`${address}/import`);
  await page.setInputFiles("#rows", { name, mimeType: "text/csv", buffer: Buffer.from(text) });
  await button(page, "確認する").click();
}

test("import, find faults, fix, issue, print, correct: the old code is revoked at the verifier, and the new one valid", async () => {
  const operator = await signIn("ume");
  await upload(operator, "rows.csv", FAULTY);
  await look(operator, "import-faults");
  assert.match(await operator.textContent("#main"), /rows\.csv:4/, "the faulty row is named");
  await button(operator, "正しい行を取り込む").click();
  await operator.getByText("取り込みました。").waitFor();
  await upload(operator, "rows.csv", GOOD);
  assert.doesNotMatch(await operator.textContent("#main"), /見つかった点/, "nothing is wrong any more");
  await button(operator, "正しい行を取り込む").click();
  await operator.getByText("取り込みました。").waitFor();
  await look(operator, "imported");

  const clerk = await signIn("hanako");
  await look(clerk, "search");
  await find(clerk, "たかはし さきこ", "昭和55年5月6日");
  await clerk.getByRole("heading", { name: "髙橋 﨑子" }).waitFor();
  assert.doesNotMatch(clerk.url(), /1001/, "no address holds a number");
  await look(clerk, "person");
  await button(clerk, "国内用を交付").click();
  const old = (await clerk.textContent(".codes .long")).trim();
  await look(clerk, "issued");
  office.publish();
  assert.equal(office.verdict(old).outcome, "valid");
  await printed(clerk, old);

  await clerk.getByRole("link", { name: "記録を訂正" }).click();
  await look(clerk, "correct");
  const lot = clerk.locator("input[id$='.lot']").nth(1);
  await lot.fill("TX1099");
  await clerk.selectOption("#reason", "clerical");
  await button(clerk, "内容を確認").click();
  await clerk.getByText("この訂正で起きること").waitFor();
  await look(clerk, "correct-outcome");
  await button(clerk, "訂正を確定する").click();
  await clerk.getByText("訂正しました。", { exact: true }).waitFor();
  await look(clerk, "corrected");
  const renewed = (await clerk.textContent(".codes .long")).trim();
  assert.notEqual(renewed, old);
  office.publish();
  assert.equal(office.verdict(old).outcome, "not-valid");
  assert.match(JSON.stringify(office.verdict(old)), /"revoked"/);
  assert.equal(office.verdict(renewed).outcome, "valid");
  await clerk.goto(`${address}/letters`);
  await look(clerk, "letters");
});

/** The sheet that the form gives: a PDF with the name, and the very code. */
async function printed(page, text) {
  const action = await page.getAttribute("form[action$='/print']", "action");
  const token = await page.getAttribute("form[action$='/print'] input[name=token]", "value");
  const answer = await page.request.post(`${address}${action}`, { form: { token, format: "compact", kind: "kiosk" }, headers: { origin: address } });
  if (answer.status() === 500 && (await answer.text()).includes("font")) return console.log("! NOT TESTED: no fonts for paper");
  assert.equal(answer.status(), 200, await answer.text());
  const pdf = await answer.body();
  assert.equal(pdf.subarray(0, 5).toString(), "%PDF-");
  const file = join(office.folder, "sheet.pdf");
  writeFileSync(file, pdf);
  try {
    const words = execFileSync("pdftotext", [file, "-"], { encoding: "utf8" });
    assert.ok(words.includes("髙橋") && words.includes("﨑子"), "the name is on it, letter for letter");
    execFileSync("pdftoppm", ["-r", "150", "-png", file, join(office.folder, "sheet")]);
  } catch (error) {
    if (error.code === "ENOENT") return console.log("! NOT TESTED: poppler is missing");
    throw error;
  }
  try {
    const read = execFileSync("zbarimg", ["--quiet", "--raw", join(office.folder, "sheet-1.png")], { encoding: "utf8" });
    assert.equal(read.trim(), text);
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
    console.log("! NOT TESTED: zbarimg is missing");
  }
}

test("what one alone may not do is asked for, approved by another, and done once", async () => {
  const clerk = await signIn("hanako");
  await find(clerk, "サトウ マコト", "1950-01-02", "withdraw");
  await button(clerk, "国内用を交付").click();
  const text = (await clerk.textContent(".codes .long")).trim();
  await clerk.getByRole("link", { name: "失効・再有効化" }).click();
  await look(clerk, "withdraw");
  await clerk.fill("#why-off", "別人に交付した疑い");
  await button(clerk, "失効の承認を申請").click();
  await look(clerk, "asked");
  const asked = clerk.url();
  assert.equal(await button(clerk, "承認する").count(), 0, "who asked does not decide");

  const approver = await signIn("jiro");
  await approver.goto(`${address}/approvals`);
  await look(approver, "approvals");
  await approver.goto(asked);
  await look(approver, "approve");
  await button(approver, "承認する").click();
  await approver.getByText("承認済み・未実行").waitFor();

  await clerk.goto(asked);
  await button(clerk, "実行する").click();
  await clerk.getByText("失効を申請しました").waitFor();
  await look(clerk, "withdrawn");
  office.publish();
  assert.equal(office.verdict(text).outcome, "not-valid");
  await clerk.goto(asked);
  assert.equal(await button(clerk, "実行する").count(), 0, "it is done once");
  await clerk.goto(`${address}/requests`);
  await look(clerk, "requests");
});

test("nobody of another municipality is found, and no role does another's work", async () => {
  const clerk = await signIn("hanako");
  await find(clerk, "スズキ ハナ", "1970-03-04");
  await clerk.getByText("該当する方が見つかりません").waitFor();
  await look(clerk, "nobody");
  for (const path of ["/import", "/jobs", "/findings", "/audit", "/stations", "/accounts"]) {
    assert.equal((await clerk.goto(`${address}${path}`)).status(), 403, path);
  }
  await look(clerk, "not-allowed");
  assert.ok((await clerk.locator("nav a").count()) > 1, "the menu is still there");
  const auditor = await signIn("mari");
  for (const path of ["/import", "/jobs", "/findings", "/approvals", "/letters", "/stations", "/accounts"]) {
    assert.equal((await auditor.goto(`${address}${path}`)).status(), 403, path);
  }
});

test("the audit is read and checked, and a station is suspended, in English too", async () => {
  const auditor = await signIn("mari", "en-GB");
  await auditor.goto(`${address}/audit`);
  await button(auditor, "Check the chain").click();
  await auditor.getByText("The chain holds").waitFor();
  await look(auditor, "audit.en");
  const admin = await signIn("ken", "en-GB");
  await admin.goto(`${address}/stations`);
  await look(admin, "stations.en");
});

test("what a border will read is looked at before anything is issued", async () => {
  const clerk = await signIn("hanako");
  await find(clerk, "タカハシ　サキコ", "1980-05-06");
  await clerk.getByRole("link", { name: "読み取られる内容を確認" }).click();
  await clerk.getByRole("heading", { name: "読み取られる内容の確認" }).waitFor();
  const text = await clerk.textContent("#main");
  assert.match(text, /TAKAHASHI<<SAKIKO/, "the name as in the passport's machine-readable zone");
  assert.match(text, /旅券番号は入りません/, "what is not in it is said");
  assert.equal(await clerk.locator("img").count(), 0, "nothing that could be scanned");
  await look(clerk, "preview-travel");
  await clerk.getByRole("link", { name: "国内用" }).click();
  await clerk.getByText("ローマ字氏名は入りません").waitFor();
  await look(clerk, "preview-domestic");
  const english = await signIn("hanako", "en-GB");
  await english.goto(`${address}/`);
  await english.check("input[name=purpose][value=issue]");
  await english.fill("#kana", "タカハシ　サキコ");
  await english.fill("#birth", "1980-05-06");
  await button(english, "Search").click();
  await english.getByRole("link", { name: "See what readers will see" }).click();
  await look(english, "preview-travel.en");
});

test("a finding is confirmed by whoever looked, and then everyone is issued to, on a page that renews itself when asked", async () => {
  const operator = await signIn("ume");
  await upload(operator, "third.csv", DOUBTFUL);
  await button(operator, "正しい行を取り込む").click();
  await operator.getByText("取り込みました。").waitFor();
  await operator.goto(`${address}/jobs`);
  await look(operator, "jobs");
  await operator.getByRole("link", { name: "要確認の記録を見る" }).click();
  await operator.getByText("前の回からの間隔が短すぎます").waitFor();
  await look(operator, "findings");
  await operator.selectOption("select[name=reason]", { label: "原本（予診票・接種済証など）と一致することを確認した" });
  await button(operator, "正しいことを確認した").click();
  await operator.getByText("確認を記録しました。").waitFor();
  await look(operator, "findings-confirmed");

  await operator.goto(`${address}/jobs`);
  await operator.check("input[name=for][value=domestic]");
  await button(operator, "一括交付を始める").click();
  assert.match(operator.url(), /\/jobs\/\d+\?watch=yes$/);
  // It renews itself: nobody presses anything.
  await operator.locator("h2 .tag", { hasText: "完了" }).waitFor({ timeout: 60_000 });
  await look(operator, "job-done");
  assert.match(await operator.textContent("#main"), /3 \/ 3/, "everyone with a dose");
  await operator.goto(`${address}/jobs`);
  await look(operator, "jobs-done");
  await operator.getByRole("button", { name: "English" }).click();
  await operator.goto(`${address}/jobs`);
  await look(operator, "jobs.en");
});

test("to many, a second person agrees first; a job is paused and goes on", async () => {
  const operator = await signIn("ume");
  await upload(operator, "crowd.csv", crowd(8_000));
  await button(operator, "正しい行を取り込む").click();
  await operator.getByText("取り込みました。").waitFor();
  await operator.goto(`${address}/jobs`);
  await operator.check("input[name=for][value=domestic]");
  await operator.fill("#why", "年次の一斉交付");
  await look(operator, "jobs-second-person");
  await button(operator, "一括交付の承認を申請").click();
  await look(operator, "job-asked");
  const asked = operator.url();
  const approver = await signIn("jiro");
  await approver.goto(asked);
  await look(approver, "job-approve");
  await button(approver, "承認する").click();
  await approver.getByText("承認済み・未実行").waitFor();
  await operator.goto(asked);
  await button(operator, "実行する").click();
  await operator.getByText("10 秒ごとに自動で更新しています。").waitFor();
  await button(operator, "一時停止").click();
  await look(operator, "job-running");
  await operator.goto(operator.url().split("?")[0]);
  await operator.locator("h2 .tag", { hasText: "一時停止中" }).waitFor();
  const go = button(operator, "続ける");
  while ((await go.count()) === 0) await operator.reload();
  await look(operator, "job-paused");
  await go.click();
  await operator.locator("h2 .tag", { hasText: "完了" }).waitFor({ timeout: 120_000 });
  await look(operator, "job-many-done");
  assert.match(await operator.textContent("#main"), /8003 \/ 8003/);
});

test("an administrator adds an account, and disables it; its session is over", async () => {
  const admin = await signIn("ken");
  await admin.goto(`${address}/accounts`);
  await look(admin, "accounts");
  await admin.fill("#name", "hikari");
  await admin.fill("#display", "山口 光");
  await admin.check("input[name=role][value=clerk]");
  await admin.fill("#password", "four large ships");
  await admin.fill("#again", "four large ships");
  await button(admin, "追加する").click();
  await admin.getByRole("link", { name: "hikari" }).click();
  await look(admin, "account");
  const context = await browser.newContext({ locale: "ja-JP" });
  const clerk = await context.newPage();
  // A session is told from a change by the second.
  await new Promise((done) => setTimeout(done, 1_100));
  await clerk.goto(`${address}/`);
  await clerk.fill("#account", "hikari");
  await clerk.fill("#password", "four large ships");
  await clerk.click("form.narrow button.main");
  await clerk.waitForSelector("header .who");
  await button(admin, "停止する").click();
  await admin.getByText("停止中").first().waitFor();
  await clerk.goto(`${address}/`);
  assert.match(clerk.url(), /\/sign-in$/, "it is out with its next request");
  await admin.goto(`${address}/accounts/ken`);
  await admin.getByText("自分の役割・窓口・停止は変更できません").waitFor();
  await look(admin, "account-own");
  const english = await signIn("ken", "en-GB");
  await english.goto(`${address}/accounts`);
  await look(english, "accounts.en");
});

test("without a signature of the session nothing is done", async () => {
  const clerk = await signIn("hanako");
  const posted = await clerk.request.post(`${address}/search`, { form: { purpose: "issue", kana: "x", birth: "1980-05-06" }, headers: { origin: address } });
  assert.equal(posted.status(), 403);
  const foreign = await clerk.request.post(`${address}/sign-out`, { form: {}, headers: { origin: "https://elsewhere.example" } });
  assert.equal(foreign.status(), 403);
});
