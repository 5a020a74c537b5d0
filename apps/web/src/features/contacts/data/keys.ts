import type { Entity, RecordQuery } from "@pult/api/crm/schema.ts";

/** Everything of the CRM that this browser has read. */
export const CRM_KEY = ["crm"];
export const LISTS_KEY = [...CRM_KEY, "list"];
export const COUNTS_KEY = [...CRM_KEY, "count"];
export const SETUP_KEY = [...CRM_KEY, "setup"];
export const BOARDS_KEY = [...CRM_KEY, "board"];
export const TIMELINES_KEY = [...CRM_KEY, "timeline"];

export const listKey = (entity: Entity, query: RecordQuery) => [...LISTS_KEY, entity, query];
export const recordKey = (entity: Entity, id: string) => [...CRM_KEY, "record", entity, id];
export const timelineKey = (entity: Entity, id: string) => [...TIMELINES_KEY, entity, id];
