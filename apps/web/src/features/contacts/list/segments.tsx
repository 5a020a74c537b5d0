import type { Entity } from "@pult/api/crm/schema.ts";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { useDuplicates } from "../data/use-duplicates.ts";
import { useRecordCount } from "../data/use-records.ts";
import { useFollowUps } from "./follow-up-list.tsx";
import { DUPLICATES, FOLLOW_UPS, type Segment, useSegments } from "./use-segments.ts";

type LinkProps = { label: string; count: number | undefined; isCurrent: boolean; onOpen: () => void };

function SegmentLink({ label, count, isCurrent, onOpen }: LinkProps) {
  return (
    <button
      type="button"
      aria-current={isCurrent ? "page" : undefined}
      onClick={onOpen}
      className="flex min-h-7 w-full items-center gap-2 rounded-2 px-2 text-left text-fg-2 hover:bg-surface-3 aria-[current]:bg-surface-4 aria-[current]:font-medium aria-[current]:text-fg"
    >
      <span title={label} className="min-w-0 flex-1 truncate">
        {label}
      </span>
      <span className="num font-normal text-11 text-muted">{count}</span>
    </button>
  );
}

function CountedSegment({
  entity,
  segment,
  ...link
}: Omit<LinkProps, "count" | "label"> & { entity: Entity; segment: Segment }) {
  return <SegmentLink {...link} label={segment.label} count={useRecordCount(entity, segment.query)} />;
}

const Group = ({ label, children }: { label: string; children: ReactNode }) => (
  <section className="flex flex-col gap-px">
    <h2 className="px-2 pt-3 pb-1 font-medium text-11 text-muted first:pt-1">{label}</h2>
    {children}
  </section>
);

type SegmentsProps = {
  entity: Entity;
  current: string | null;
  onOpen: (id: string | null) => void;
};

/** The lists at the left, from 960 px; below, `SegmentSelect` stands above the rows. */
export function Segments({ entity, current, onOpen }: SegmentsProps) {
  const t = useTranslations("contacts.segment");
  const { builtIn, mine, shared } = useSegments(entity);
  const followUps = useFollowUps(entity === "contact").data?.pages[0]?.totalCount;
  const duplicates = useDuplicates({ isWanted: entity === "contact" }).data?.pages[0]?.totalCount;
  const links = (segments: readonly Segment[]) =>
    segments.map((segment) => (
      <CountedSegment
        key={segment.id ?? ""}
        entity={entity}
        segment={segment}
        isCurrent={segment.id === current}
        onOpen={() => onOpen(segment.id)}
      />
    ));
  return (
    <nav
      aria-label={t("label")}
      className="scroll-pane flex w-[200px] shrink-0 flex-col border-line border-r bg-surface-2 px-2 py-2 max-md:hidden"
    >
      <Group label={t("label")}>{links(builtIn)}</Group>
      {entity === "contact" ? (
        <Group label={t("attention")}>
          <SegmentLink
            label={t("followUps")}
            count={followUps}
            isCurrent={current === FOLLOW_UPS}
            onOpen={() => onOpen(FOLLOW_UPS)}
          />
          <SegmentLink
            label={t("duplicates")}
            count={duplicates}
            isCurrent={current === DUPLICATES}
            onOpen={() => onOpen(DUPLICATES)}
          />
        </Group>
      ) : null}
      {mine.length > 0 ? <Group label={t("own")}>{links(mine)}</Group> : null}
      {shared.length > 0 ? <Group label={t("shared")}>{links(shared)}</Group> : null}
    </nav>
  );
}
