import { useEffect, useState } from "react";
import type { Tab } from "./tabs.tsx";

/** The conversation has time to load first. */
const LIVE_AFTER_MS = 3_000;

/**
 * Which tab is shown, and which are there beside the conversation: from when they are first shown; what is live also once there is time
 * for it.
 */
export function useTabs(start: Tab) {
  const [tab, setTab] = useState(start);
  const [opened, setOpened] = useState<readonly Tab[]>([]);
  if (!opened.includes(tab)) setOpened([...opened, tab]);
  useEffect(() => {
    const timer = setTimeout(() => setOpened((tabs) => [...tabs, "live"]), LIVE_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  return { tab, setTab, opened };
}
