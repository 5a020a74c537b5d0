import { type Problem, type ProblemParams, readWhy } from "@pult/api/outbox/why.ts";
import { useTranslations } from "next-intl";

interface Reason {
  reason: string | null;
  problem?: Problem | null | undefined;
  params?: ProblemParams | undefined;
}

/** Whose words a reason may be. */
type Service = "telegram" | "instagram" | "push";

/** The service at the end of a delivery route. */
export const serviceOf = (route: string): Service => (route === "push" || route === "instagram" ? route : "telegram");

/** A reason of Pult's own in the reader's language; what only a newer server knows, and what a service said, in its own words. */
export const reasonText =
  (t: ReturnType<typeof useTranslations<"deliveries">>) =>
  ({ reason, problem, params }: Reason, service: Service): string | null => {
    const own = problem ? { problem, params: params ?? {} } : reason ? readWhy(reason) : null;
    if (own && t.has(`problem.${own.problem}`)) return t(`problem.${own.problem}`, own.params as never);
    return reason && !own ? t("quoted", { service, words: reason }) : reason;
  };

/** Why something waits or was not sent. */
export const useReasonText = () => reasonText(useTranslations("deliveries"));
