import { SandboxPage } from "../../features/sandbox/sandbox-page.tsx";
import { titled } from "../../i18n/titled.ts";

export const generateMetadata = titled("sandbox.title");
export default SandboxPage;
