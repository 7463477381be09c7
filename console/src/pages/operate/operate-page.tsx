export const OperatePage = () => null;
