import type { Deal } from "@pult/api/crm/schema.ts";
import { Building2, UserRound } from "lucide-react";
import type { ComponentProps } from "react";
import { Avatar } from "../../../ui/avatar.tsx";
import { cx } from "../../../ui/cx.ts";
import { Icon } from "../../../ui/icon.tsx";
import { useMoney } from "../money.ts";
import { NextStep } from "./use-deal-columns.tsx";

type DealCardProps = Omit<ComponentProps<"button">, "children"> & {
  deal: Deal;
  look?: "resting" | "lifted" | "hole";
};

const LOOKS = {
  resting: "border-line bg-surface hover:border-line-2",
  lifted: "border-accent bg-surface shadow-dialog",
  /** Where it will be put down. */
  hole: "border-control border-dashed bg-surface-3 *:invisible",
} as const;

/** A deal on the board: what, how much, whose, and what is next. */
export function DealCard({ deal, look = "resting", className, ...props }: DealCardProps) {
  const { money } = useMoney();
  const { number, name, amount, currency, contactName, companyName, ownerName } = deal;
  const who = contactName ?? companyName;
  return (
    <button
      type="button"
      {...props}
      className={cx(
        "flex w-full select-none flex-col gap-1 rounded-3 border px-3 py-2 text-left text-12 text-fg-2 [touch-action:manipulation]",
        LOOKS[look],
        className,
      )}
    >
      <span className="flex w-full items-baseline gap-2 text-13">
        <span dir="auto" title={name} className="min-w-0 flex-1 truncate text-start font-medium text-fg">
          {name}
        </span>
        {amount ? <span className="num shrink-0 font-semibold text-fg">{money(amount, currency)}</span> : null}
      </span>
      <span className="flex h-5 w-full items-center gap-1.5">
        <Icon of={contactName ? UserRound : Building2} size={12} className={who ? "text-muted" : "invisible"} />
        <span dir="auto" className="min-w-0 flex-1 truncate text-start">
          {who}
        </span>
        <span className="num text-11 text-muted">D-{number}</span>
      </span>
      <span className="flex h-5 w-full items-center gap-1.5">
        <span className="flex min-w-0 flex-1">
          <NextStep deal={deal} />
        </span>
        {ownerName ? (
          <span title={ownerName}>
            <Avatar name={ownerName} size={20} />
            <span className="sr-only">{ownerName}</span>
          </span>
        ) : null}
      </span>
    </button>
  );
}
