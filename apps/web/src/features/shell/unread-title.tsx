"use client";

import { useEffect } from "react";
import { useInboxCounts } from "../support/inbox/use-inbox-counts.ts";

const PREFIX = /^\(\d+\+?\) /;

function showInTitle(count: number) {
  const bare = document.title.replace(PREFIX, "");
  const wanted = count > 0 ? `(${count > 99 ? "99+" : count}) ${bare}` : bare;
  if (document.title !== wanted) document.title = wanted;
}

function showInIcon(count: number) {
  const href = `/favicon/${Math.min(count, 10)}`;
  for (const link of document.querySelectorAll<HTMLLinkElement>('link[rel="icon"]')) {
    if (link.getAttribute("href") !== href) link.href = href;
  }
}

function showOnApp(count: number) {
  if (!("setAppBadge" in navigator)) return;
  // Refused where the page is not installed; the title and the icon say it anyway.
  (count > 0 ? navigator.setAppBadge(count) : navigator.clearAppBadge()).catch(() => {});
}

/** Unread messages in the tab's title, its icon and, where it is installed, on the app's icon. */
export function UnreadTitle() {
  const count = useInboxCounts()?.unread ?? 0;
  useEffect(() => {
    showInTitle(count);
    showInIcon(count);
    showOnApp(count);
    // Next writes the title again when it renders a page.
    const title = document.querySelector("title");
    const observer = new MutationObserver(() => showInTitle(count));
    if (title) observer.observe(title, { childList: true, characterData: true, subtree: true });
    return () => observer.disconnect();
  }, [count]);
  return null;
}
