import { launch, open, close } from "./support/browser.mjs";
import { settle, paste, waitFor, button, now, check } from "./support/page.mjs";
import { serve } from "./support/server.mjs";
import { stage, code, reportOf } from "./support/stage.mjs";
const browser = await launch(); const server = await serve();
const page = await open(browser, server.url, { locale: "en", viewport: { width: 320, height: 256 } });
await settle(page);
await button(page, "en", "page.scan.settings").click();
await page.locator("dialog select").first().evaluate((e) => e.scrollIntoView({ block: "center" }));
await page.screenshot({ path: "/work/tmp/zoom-settings.png" });
console.log(await page.evaluate(() => [document.querySelector("dialog").getBoundingClientRect().toJSON(), document.querySelector("dialog header").getBoundingClientRect().toJSON(), document.querySelector("dialog select").getBoundingClientRect().toJSON()]));
await page.keyboard.press("Escape");
for (const d of stage.display) { await paste(page, d.text); await page.waitForTimeout(400); console.log(d.id, await now(page)); await page.locator(".decide .same").click(); await waitFor(page,"scan"); }
await browser.close(); await server.stop();
