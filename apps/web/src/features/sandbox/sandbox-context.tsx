"use client";

import type { World } from "@pult/sandbox/control.ts";
import { CircleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import { createContext, type ReactNode, useCallback, useContext } from "react";
import { showToast } from "../../ui/toast-manager.ts";

const WorldContext = createContext<World | null>(null);

export function WorldProvider({ world, children }: { world: World; children: ReactNode }) {
  return <WorldContext value={world}>{children}</WorldContext>;
}

/** The outside world, as it is now. @throws outside `WorldProvider` */
export function useWorld(): World {
  const world = useContext(WorldContext);
  if (!world) throw new Error("useWorld needs a WorldProvider");
  return world;
}

/** Runs what a button does; a refusal is said in the sandbox's own words. Answers whether it worked. */
export function useAttempt(): (action: () => Promise<unknown>) => Promise<boolean> {
  const t = useTranslations("sandbox");
  return useCallback(
    async (action) => {
      try {
        await action();
        return true;
      } catch (error) {
        const description = error instanceof Error ? error.message : String(error);
        showToast({ title: t("refused"), description, tone: "danger", icon: CircleAlert });
        return false;
      }
    },
    [t],
  );
}
