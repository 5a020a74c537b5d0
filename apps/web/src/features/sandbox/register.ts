import { useQuery } from "@tanstack/react-query";
import { FlaskConical } from "lucide-react";
import { useTranslations } from "next-intl";
import { registerDestination } from "../shell/registry.ts";

/** Offered where this installation has its sandbox switched on. */
function useSandboxDestination() {
  const t = useTranslations("shell");
  const { data: hasSandbox } = useQuery({
    queryKey: ["sandbox"],
    queryFn: async ({ signal }) => (await fetch("/sandbox/api/world", { signal })).ok,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  return hasSandbox ? { label: t("sandbox") } : null;
}

registerDestination({ path: "/sandbox", icon: FlaskConical, read: useSandboxDestination });
