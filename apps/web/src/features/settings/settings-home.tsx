"use client";

import { useRouter } from "next/navigation";
import { useEffect } from "react";
import { useMedia } from "../../ui/use-media.ts";
import { FIRST_SECTION } from "./use-sections.ts";

/** On a wide screen nobody needs a page of links: the first section is open. */
export function SettingsHome() {
  const router = useRouter();
  const isWide = useMedia("(min-width: 60rem)");
  useEffect(() => {
    if (isWide) router.replace(FIRST_SECTION);
  }, [isWide, router]);
  return null;
}
