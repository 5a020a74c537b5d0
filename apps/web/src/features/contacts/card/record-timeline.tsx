import type { CrmRecord } from "@pult/api/crm/schema.ts";
import { useMay } from "../../auth/agent-context.tsx";
import { NoteComposer } from "./note-composer.tsx";
import { TimelineEntries } from "./timeline-pane.tsx";

/** What happened with a company or a deal, and what to do next. */
export function RecordTimeline({ record }: { record: CrmRecord }) {
  const mayWrite = useMay()("chats:write");
  return (
    <>
      <div className="scroll-pane flex min-h-0 flex-1 flex-col">
        <TimelineEntries record={record} tab="timeline" />
      </div>
      {mayWrite ? <NoteComposer key={record.id} record={record} /> : null}
    </>
  );
}
