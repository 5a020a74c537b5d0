import { z } from "zod";
import { declareLatest } from "../realtime/topic.ts";

/** A session has ended: whatever it opened is to be closed. Key: session id. */
export const sessionEndedTopic = declareLatest<string, null>("auth.sessionEnded", { value: z.null() });
