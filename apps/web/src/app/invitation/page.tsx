import { InvitationPage } from "../../features/auth/sign-in/invitation-page.tsx";
import { titled } from "../../i18n/titled.ts";

export const generateMetadata = titled("invitation.title");
export default InvitationPage;
