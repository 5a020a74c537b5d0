import { SecurityPage } from "../../../../features/auth/security/security-page.tsx";
import { titled } from "../../../../i18n/titled.ts";

export const generateMetadata = titled("settings.section.security");
export default SecurityPage;
