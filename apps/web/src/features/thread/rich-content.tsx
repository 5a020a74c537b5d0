import { Attachments } from "./attachments.tsx";
import { FormattedText } from "./formatted-text.tsx";
import { SplitText } from "./links.ts";

export const RICH = { Attachments, FormattedText, SplitText };
