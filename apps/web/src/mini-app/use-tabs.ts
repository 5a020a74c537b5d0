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
  const [isLive, setLive] = useState(start === "live");
  useEffect(() => {
    if (isLive) return;
    const timer = setTimeout(() => setLive(true), tab === "live" ? 0 : LIVE_AFTER_MS);
    return () => clearTimeout(timer);
  }, [isLive, tab]);
  const [hasRooms, setRooms] = useState(start === "rooms");
  if (tab === "rooms" && !hasRooms) setRooms(true);
  return { tab, setTab, isLive, hasRooms };
}
