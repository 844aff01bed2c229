/** Which browser it is, as far as there is something to tell people about it. */

/** Apps that open links in a window of their own, where cameras and storage are unreliable. */
const APPS =
  /\bLine\/|\bFBAN|\bFBAV|\bFB_IAB|Instagram|MicroMessenger|KAKAOTALK|Twitter|YJApp|BytedanceWebview|musical_ly|TikTok|Snapchat|\bGSA\/|; wv\)/;

export function isInApp(agent: string, standalone: boolean): boolean {
  if (APPS.test(agent)) return true;
  // On iOS only Safari, and browsers that say so, name Safari.
  return !standalone && /iPhone|iPad|iPod/.test(agent) && !/Safari\//.test(agent);
}

/** An address that opens this page in a real browser; undefined where only the app's menu does. */
export function wayOut(agent: string, page: URL): string | undefined {
  const plain = `${page.host}${page.pathname}`;
  if (/\bLine\//.test(agent)) return `${page.protocol}//${plain}?openExternalBrowser=1`;
  if (/Android/.test(agent)) return `intent://${plain}#Intent;scheme=${page.protocol.slice(0, -1)};action=android.intent.action.VIEW;category=android.intent.category.BROWSABLE;end`;
  if (/iPhone|iPad|iPod/.test(agent) && page.protocol === "https:") return `x-safari-https://${plain}`;
  return undefined;
}

export function isIos(agent: string, touchPoints: number): boolean {
  // An iPad calls itself a Mac.
  return /iPhone|iPad|iPod/.test(agent) || (/Macintosh/.test(agent) && touchPoints > 1);
}

export function isStandalone(): boolean {
  return matchMedia("(display-mode: standalone)").matches || (navigator as { standalone?: boolean }).standalone === true;
}
