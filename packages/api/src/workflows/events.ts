import { z } from "zod";
import { declareLatest, internalOnly } from "../realtime/topic.ts";

/** Webhooks or automations were added or changed: the workers look. */
export const workflowsTopic = declareLatest<"changed", null>("workflows", { value: z.null(), mayRead: internalOnly });
