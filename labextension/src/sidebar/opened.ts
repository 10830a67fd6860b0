/** Opens a page whose address is not known yet, in a way that a popup blocker lets through. */

import type { Translate } from '../views/text';

export interface Popup {
  /** Go there. Returns false if the browser let no window open. */
  go(url: string): boolean;
  close(): void;
}

/**
 * Open a window at once, as only the very press of a button may; where it leads comes later.
 *
 * It is cut off from this page: what it shows must not reach back.
 */
export function openPopup(trans: Translate): Popup {
  const popup = window.open('', '_blank');
  if (popup) {
    popup.opener = null;
    popup.document.title = trans.__('Opening…');
    popup.document.body.textContent = trans.__('Opening…');
  }
  return {
    go: url => {
      if (!popup || popup.closed) {
        return false;
      }
      popup.location.replace(url);
      return true;
    },
    close: () => popup?.close()
  };
}

/** Whether a URL is one to send a browser to. */
export function isWeb(url: string): boolean {
  return /^https?:\/\//i.test(url);
}
